import type { Field } from './respond.ts'
import { reasonPhrase } from './status.ts'

/** The bytes of a response's head, as a byte string (RFC 9112 §4 and §5). */
export function formatResponseHead(status: number, fields: readonly Field[]): string {
  let head = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`
  for (const [name, value] of fields) head += `${name}: ${value}\r\n`
  return `${head}\r\n`
}
