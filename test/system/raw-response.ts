/** A response as any server may have written it; fields by lower-case name, several values joined by commas. */
export interface RawResponse {
  readonly status: number
  readonly fields: ReadonlyMap<string, string>
  readonly body: Buffer
}

/**
 * Takes apart all that a server sent on one connection, forgivingly: what is no response becomes one with
 * status 0.
 *
 * @param methods Of the requests, in order; those beyond the end of the list count as GET.
 */
export function parseResponses(bytes: Buffer, methods: readonly string[]): RawResponse[] {
  const responses: RawResponse[] = []
  let rest = bytes
  let answered = 0
  while (rest.length > 0) {
    const { response, size } = parseResponse(rest, methods[answered] ?? 'GET')
    responses.push(response)
    if (response.status >= 200) answered++
    rest = rest.subarray(size)
  }
  return responses
}

function parseResponse(bytes: Buffer, method: string): { response: RawResponse; size: number } {
  const headEnd = bytes.indexOf('\r\n\r\n')
  const head = bytes.toString('latin1', 0, headEnd)
  const status = Number(/^HTTP\/1\.\d (\d{3})\b/.exec(head)?.[1] ?? 0)
  if (headEnd < 0 || status === 0) {
    return { response: { status: 0, fields: new Map(), body: bytes }, size: bytes.length }
  }
  const fields = parseFields(head)
  const { body, size } = parseBody(bytes.subarray(headEnd + 4), status, fields, method)
  return { response: { status, fields, body }, size: headEnd + 4 + size }
}

function parseFields(head: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const line of head.split('\r\n').slice(1)) {
    const [, name = '', value = ''] = /^([^:]*):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    const before = fields.get(name.toLowerCase())
    fields.set(name.toLowerCase(), before === undefined ? value : `${before}, ${value}`)
  }
  return fields
}

/** RFC 9112 §6.3. */
function parseBody(
  bytes: Buffer,
  status: number,
  fields: ReadonlyMap<string, string>,
  method: string,
): { body: Buffer; size: number } {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) {
    return { body: bytes.subarray(0, 0), size: 0 }
  }
  if (fields.has('transfer-encoding')) return parseChunks(bytes)
  const body = bytes.subarray(0, Number(fields.get('content-length') ?? bytes.length))
  return { body, size: body.length }
}

/** A response ended before its body did. */
export class TruncatedError extends Error {}

function parseChunks(bytes: Buffer): { body: Buffer; size: number } {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const length = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const start = lineEnd + 2
    if (length === 0) return { body: Buffer.concat(chunks), size: start + 2 }
    chunks.push(bytes.subarray(start, start + length))
    at = start + length + 2
  }
  throw new TruncatedError('Expected a last chunk, got the end of the connection')
}
