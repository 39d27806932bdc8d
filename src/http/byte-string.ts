/**
 * Text as the bytes of its UTF-8, one character (0 to 255) a byte: the form in which paths and fields come from
 * the wire and go to it.
 */
export function byteString(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** A copy of a text: a slice would keep the whole text in memory that it was cut from. */
export function detached(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
