import { LoadError } from './load.ts'
import type { Expected, Workload } from './workloads.ts'

/**
 * Composes what the clients of a workload send, once the server has shown that it answers as expected.
 *
 * @throws LoadError when it does something else than the workload is about.
 */
export async function compose(workload: Workload, port: number): Promise<string> {
  const [first = '/'] = workload.paths
  let fields = workload.fields ?? {}
  if (workload.revalidates) {
    fields = validatorsOf(await ask(port, first, fields))
    if (Object.keys(fields).length === 0) throw new LoadError('gives no ETag and no Last-Modified')
  }
  requireAsExpected(await ask(port, first, fields), workload.expected)
  return workload.paths.map(path => head(path, fields)).join('')
}

function validatorsOf(response: Response): Record<string, string> {
  const [tag, modified] = [response.headers.get('etag'), response.headers.get('last-modified')]
  return {
    ...(tag === null ? {} : { 'if-none-match': tag }),
    ...(modified === null ? {} : { 'if-modified-since': modified }),
  }
}

function requireAsExpected(response: Response, { status, length, encoding }: Expected): void {
  if (response.status !== status) throw new LoadError(`answers ${response.status} in place of ${status}`)
  const got = response.headers.get('content-length')
  if (length !== undefined && Number(got) !== length) {
    throw new LoadError(`sends ${got} bytes in place of ${length}`)
  }
  if (encoding !== undefined && !encoding.includes(response.headers.get('content-encoding') ?? '')) {
    throw new LoadError(`sends neither ${encoding.join(' nor ')}`)
  }
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
