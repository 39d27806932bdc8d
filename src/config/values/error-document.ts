import type { Arguments } from '../arguments.ts'
import type { ErrorDocument } from '../config.ts'

/** An unquoted word is no text, so that a path without its slash does not become one. */
export function takeErrorDocument(args: Arguments): ErrorDocument | 'default' {
  const expected = 'a path such as /404.html, a "text" in quotes or default'
  const word = args.takeWord(expected)
  if (word.text.startsWith('/')) return { kind: 'path', path: word.text }
  if (/^https?:\/\//i.test(word.text)) {
    throw args.mistake(`Expected a path on this server, got ${JSON.stringify(word.text)}`)
  }
  if (word.quoted) return { kind: 'text', text: word.text }
  if (word.text.toLowerCase() === 'default') return 'default'
  throw args.mistake(`Expected ${expected}, got ${JSON.stringify(word.text)}`)
}
