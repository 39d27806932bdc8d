/**
 * Text as the bytes of its UTF-8, one character (0 to 255) a byte: the form in which paths and fields come from
 * the wire and go to it.
 */
export function byteString(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** A copy that keeps nothing but itself in memory: a slice keeps the whole of what it was cut from. */
export function detached(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
