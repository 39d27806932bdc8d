/** Splits a list at its commas, and strips the blanks around each piece (RFC 9110 §5.6.1). Some pieces may be empty. */
export function splitList(list: string): string[] {
  return list.split(',').map(withoutBlanks)
}

/** The members of a list; empty ones do not count (RFC 9110 §5.6.1.2). */
export function listMembers(list: string): string[] {
  return splitList(list).filter(member => member !== '')
}

/** A text without the spaces and tabs around it, OWS in RFC 9110 §5.6.3: nothing else is white space in HTTP. */
export function withoutBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
