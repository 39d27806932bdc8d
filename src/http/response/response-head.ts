import type { Field } from '../field.ts'
import { reasonPhrase } from '../status.ts'

/** The Connection field of a response, if it has one (RFC 9112 §9.6). */
export type ConnectionOption = 'close' | 'keep-alive' | undefined

/**
 * The head of a response, as a byte string (RFC 9112 §4 and §5).
 */
export function formatResponseHead(
  status: number,
  fields: readonly Field[],
  connection: ConnectionOption,
): string {
  let head = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`
  for (const [name, value] of fields) head += `${name}: ${value}\r\n`
  return withConnection(`${head}\r\n`, connection)
}

/** Adds a Connection field to a head that has none. */
export function withConnection(head: string, connection: ConnectionOption): string {
  return connection === undefined ? head : `${head.slice(0, -2)}Connection: ${connection}\r\n\r\n`
}

/** The fields of a head as {@link formatResponseHead} puts them. */
export function fieldsOfHead(head: string): readonly Field[] {
  const [, ...lines] = head.slice(0, -4).split('\r\n')
  return lines.map(line => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)]
  })
}
