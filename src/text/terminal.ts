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

/** How many columns a character takes: the scripts beyond the alphabets take two at most. */
function columns(character: string): number {
  return (character.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2
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

/** As in `1,234,567`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en')
}

/** As in `1 file` and `2,000 files`. */
export function formatNumberOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`
}

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** Bytes as in `1023 B`, `1.46 MiB`, `85.2 MiB`. */
export function formatSize(bytes: number): string {
  const unit = sizeUnit(bytes)
  return `${inUnit(bytes, unit)} ${SIZE_UNITS[unit]}`
}

/** Bytes out of more, as in `1.46 of 64 MiB`. */
export function formatProgress(bytes: number, total: number): string {
  const unit = sizeUnit(total)
  return `${inUnit(bytes, unit)} of ${inUnit(total, unit)} ${SIZE_UNITS[unit]}`
}

/** The place of the unit that suits so many bytes. */
function sizeUnit(bytes: number): number {
  let unit = 0
  // From 1023.5 on, it would be rounded to a whole one of the next unit.
  while (bytes / 1024 ** unit >= 1023.5 && unit < SIZE_UNITS.length - 1) unit++
  return unit
}

function inUnit(bytes: number, unit: number): string {
  return threeFigures(bytes / 1024 ** unit)
}

/** Units of time above the second, in seconds. */
const LONG_UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const

/** Microseconds in their largest two units, as in `3 d 4 h` and `5 min 12 s`; below a minute as in `1.5 s`, `20 ms`, `850 µs`. */
export function formatDuration(microseconds: number): string {
  if (microseconds < 999.5) return `${threeFigures(microseconds)} µs`
  if (microseconds < 999_500) return `${threeFigures(microseconds / 1000)} ms`
  if (microseconds < 59_950_000) return `${Number((microseconds / 1_000_000).toFixed(1))} s`
  return formatSeconds(Math.round(microseconds / 1_000_000))
}

function formatSeconds(seconds: number): string {
  const first = LONG_UNITS.findIndex(([, length]) => seconds >= length)
  let left = seconds
  const parts: string[] = []
  for (const [unit, length] of LONG_UNITS.slice(first, first + 2)) {
    const count = Math.floor(left / length)
    left %= length
    if (count > 0) parts.push(`${count} ${unit}`)
  }
  return parts.join(' ')
}

/** As in `2026-11-22 14:03:12`, local time; milliseconds since the epoch. */
export function formatTime(time: number): string {
  const local = Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(Temporal.Now.timeZoneId())
  return local.toPlainDateTime().toString({ smallestUnit: 'second' }).replace('T', ' ')
}

/** All figures before the point, and as many behind it as make three. */
function threeFigures(value: number): string {
  const decimals = value < 10 ? 2 : value < 100 ? 1 : 0
  return `${Number(value.toFixed(decimals))}`
}
