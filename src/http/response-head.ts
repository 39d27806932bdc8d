import type { Field } from './field.ts'
import { reasonPhrase } from './status.ts'

/**
 * The head of a response, as a byte string (RFC 9112 §4 and §5).
 *
 * @param connection The Connection field, or undefined when there is none.
 */
export function formatResponseHead(
  status: number,
  fields: readonly Field[],
  connection: 'close' | 'keep-alive' | undefined,
): string {
  let head = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`
  for (const [name, value] of fields) head += `${name}: ${value}\r\n`
  return connection === undefined ? `${head}\r\n` : `${head}Connection: ${connection}\r\n\r\n`
}
