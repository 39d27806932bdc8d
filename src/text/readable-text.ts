/** Control characters, those that end a line or a paragraph, and those that turn the direction of writing. */
const INVISIBLE = /[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g
const REPLACEMENT = '\ufffd'
/** Unicode's pictures of the control characters begin here, in their order; the one of DEL stands alone. */
const FIRST_PICTURE = 0x2400
const PICTURE_OF_DELETE = '\u2421'

/**
 * A byte string, read as UTF-8, as text that a person can be shown: bytes that are no UTF-8 become U+FFFD, and
 * characters that could break the line, or show `gpj.exe` as `exe.jpg`, become visible.
 */
export function readableText(bytes: string): string {
  return visible(decodeUtf8(bytes))
}

/** The text with a visible character in the place of each that a person could not see, or be misled by. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, picture)
}

/** A byte string read as UTF-8, with U+FFFD for what is none. */
export function decodeUtf8(bytes: string): string {
  return /^[\0-\x7f]*$/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')
}

function picture(character: string): string {
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(FIRST_PICTURE + code)
  return code === 0x7f ? PICTURE_OF_DELETE : REPLACEMENT
}
