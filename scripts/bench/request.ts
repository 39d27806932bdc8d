import type { Expected, Workload } from './workloads.ts'

export type Composed =
  /** What the clients send, one request after the other. */
  | { readonly kind: 'requests'; readonly text: string }
  /** The server does something else than the workload is about. */
  | { readonly kind: 'objection'; readonly text: string }

/** Composes the requests of a workload, once the server has shown that it answers them as expected. */
export async function compose(workload: Workload, port: number): Promise<Composed> {
  const [first = '/'] = workload.paths
  let fields = workload.fields ?? {}
  if (workload.revalidates) {
    fields = validatorsOf(await ask(port, first, fields))
    if (Object.keys(fields).length === 0)
      return { kind: 'objection', text: 'gives no ETag and no Last-Modified' }
  }
  const objection = object(workload.expected, await ask(port, first, fields))
  if (objection !== undefined) return { kind: 'objection', text: objection }
  return { kind: 'requests', text: workload.paths.map(path => head(path, fields)).join('') }
}

function validatorsOf(response: Response): Record<string, string> {
  const [tag, modified] = [response.headers.get('etag'), response.headers.get('last-modified')]
  return {
    ...(tag === null ? {} : { 'if-none-match': tag }),
    ...(modified === null ? {} : { 'if-modified-since': modified }),
  }
}

function object({ status, length, encoding }: Expected, response: Response): string | undefined {
  if (response.status !== status) return `answers ${response.status} in place of ${status}`
  const got = response.headers.get('content-length')
  if (length !== undefined && Number(got) !== length) return `sends ${got} bytes in place of ${length}`
  const used = response.headers.get('content-encoding')
  if (encoding !== undefined && !encoding.includes(used ?? '')) return `sends no ${encoding.join(' or ')}`
  return undefined
}

/** The response with its head; its body is none of our business. */
async function ask(port: number, path: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  // This connection is not to stay.
  const { connection: _, ...headers }: Record<string, string> = { 'accept-encoding': 'identity', ...fields }
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
  await response.body?.cancel()
  return response
}

function head(path: string, fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join('')}\r\n`
}
