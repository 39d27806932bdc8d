/**
 * Values as a person reads them on a terminal. Nothing here lets a byte through that could steer the terminal:
 * what a client sent, or what a folder is called, is data and stays visible as such.
 */

/** Control, format and unassigned characters, and those that break a line. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu

/** The text with every character that a terminal would act upon shown as its code, as in `\x1b` or `\u{202e}`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, character => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

/** Between two columns of a table. */
const GAP = '  '

/** How many columns a character takes: the scripts beyond the alphabets take two at most. */
function columns(character: string): number {
  return (character.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2
}

/** Rows as lines, in which the cells of a column begin below each other; their characters take a column each. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  return rows.map(row => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
    return cells.join(GAP).trimEnd()
  })
}

/** The text in at most `width` columns; what is too much goes from its end, or from its middle. */
export function fit(text: string, width: number, from: 'end' | 'middle' = 'end'): string {
  const characters = [...text]
  if (totalColumns(characters) <= width) return text
  const room = width - 1
  const headRoom = from === 'end' ? room : Math.floor(room / 3)
  const head = takeColumns(characters, headRoom)
  const tail = takeColumns(characters.toReversed(), room - headRoom).toReversed()
  return `${head.join('')}…${tail.join('')}`
}

function totalColumns(characters: readonly string[]): number {
  return characters.reduce((total, character) => total + columns(character), 0)
}

/** As many of the first characters as `room` columns hold. */
function takeColumns(characters: readonly string[], room: number): string[] {
  const taken: string[] = []
  let left = room
  for (const character of characters) {
    left -= columns(character)
    if (left < 0) break
    taken.push(character)
  }
  return taken
}
