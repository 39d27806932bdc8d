/**
 * Whether a text is as a pattern has it, in which `*` stands for any characters and `?` for one. It takes time in
 * proportion to the text.
 */
export function matchesWildcard(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text.length === first.length && isAt(text, 0, first)
  if (text.length < first.length + last.length || !isAt(text, 0, first)) return false
  const end = text.length - last.length
  let from = first.length
  for (const part of rest) {
    const found = find(text, from, part, end)
    if (found < 0) return false
    from = found + part.length
  }
  return from <= end && isAt(text, end, last)
}

/** Where the first part of a text is that is as `part` has it, and ends at `end` at the latest; -1 for nowhere. */
function find(text: string, from: number, part: string, end: number): number {
  for (let at = from; at + part.length <= end; at++) if (isAt(text, at, part)) return at
  return -1
}

function isAt(text: string, at: number, part: string): boolean {
  for (let index = 0; index < part.length; index++) {
    if (part[index] !== '?' && part[index] !== text[at + index]) return false
  }
  return true
}
