import type { Field } from './field.ts'
import { reasonPhrase } from './status.ts'

/** What a response says of the connection, if anything (RFC 9112 §9.6). */
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
  return connection === undefined ? `${head}\r\n` : `${head}Connection: ${connection}\r\n\r\n`
}
