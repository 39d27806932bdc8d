/**
 * Text as roff reads it, so that it prints what it says: what roff would act upon, or set as another character,
 * is written as an escape.
 *
 * @see https://mandoc.bsd.lv/man/mandoc_char.7.html
 */

const BACKSLASH = '\\e'

/** What stands for itself in prose but not where somebody may copy it. */
const COPIED: Readonly<Record<string, string>> = {
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '"': '\\(dq',
}

const BEYOND_ASCII: Readonly<Record<string, string>> = { µ: '\\(mc', '\u{a0}': '\\~' }

/** For sentences: an apostrophe may be curled, and a hyphen stay one. */
export function escapeProse(text: string): string {
  return inAscii(text.replaceAll('\\', BACKSLASH))
}

/** For what is typed or printed by a program, to the character. */
export function escapeLiteral(text: string): string {
  const escaped = text.replaceAll(/[\\\-'`^~"]/g, character => COPIED[character] ?? BACKSLASH)
  return inAscii(escaped)
}

/** One argument of an mdoc(7) macro, which is neither taken for a macro nor for punctuation. */
export function escapeArgument(word: string): string {
  const isDelimiter = /^[.,:;()[\]?!|]$/.test(word)
  const mayBeMacro = /^(?:%[A-Z]|[A-Z][a-z])$/.test(word)
  const endsInDelimiter = /[.,:;)\]?!]$/.test(word)
  const escaped = escapeLiteral(word)
  return `${isDelimiter || mayBeMacro ? '\\&' : ''}${escaped}${endsInDelimiter && !isDelimiter ? '\\&' : ''}`
}

/** A line of text that is not taken for a request, which begin with a dot or an apostrophe. */
export function textLine(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line
}

function inAscii(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, character => {
    const written = BEYOND_ASCII[character]
    if (written === undefined)
      throw new Error(`Expected a character roff knows, got ${JSON.stringify(character)}`)
    return written
  })
}
