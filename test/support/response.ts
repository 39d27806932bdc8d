/** One HTTP response, as strictly read as it should have been written. */
export interface Response {
  readonly status: number
  /** The head with its empty line, as a byte string. */
  readonly head: string
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, string>
  readonly body: Buffer
}

export type ResponseHead = Omit<Response, 'body'>

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) ([ -~]*)$/
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ([\x21-\x7e](?:[ -~]*[\x21-\x7e])?)$/

/** Reads a head (RFC 9112 §4 and §5); throws at anything this server has no reason to write. */
export function parseResponseHead(head: string): ResponseHead {
  const [statusLine = '', ...lines] = head.slice(0, -4).split('\r\n')
  const status = Number(STATUS_LINE.exec(statusLine)?.[1])
  if (Number.isNaN(status)) throw new Error(`Expected a status line, got ${JSON.stringify(statusLine)}`)

  const fields = new Map<string, string>()
  for (const line of lines) {
    const [, name = '', value] = FIELD_LINE.exec(line) ?? []
    if (value === undefined) throw new Error(`Expected a field line, got ${JSON.stringify(line)}`)
    if (fields.has(name.toLowerCase())) throw new Error(`Expected one ${name}, got more: ${head}`)
    fields.set(name.toLowerCase(), value)
  }
  return { status, head, fields }
}

/** Bytes of the body that follows a head: this server always announces them (RFC 9112 §6.3). */
export function bodyLength({ status, fields }: ResponseHead, method: string): number {
  const announced = fields.get('content-length')
  if (fields.has('transfer-encoding')) throw new Error('Expected no Transfer-Encoding')
  if (status < 200 || status === 204 || status === 304) {
    if (announced !== undefined) throw new Error(`Expected no Content-Length with ${status}`)
    return 0
  }
  if (announced === undefined || !/^\d+$/.test(announced)) {
    throw new Error(`Expected a Content-Length, got ${announced}`)
  }
  return method === 'HEAD' ? 0 : Number(announced)
}
