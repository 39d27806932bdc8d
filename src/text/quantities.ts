/** Values as a person reads them, on a page and on a terminal alike. */

/** A whole number with its digits in groups, as in `1,234,567`. */
export function formatCount(count: number): string {
  let digits = String(count)
  let groups = ''
  for (; digits.length > 3; digits = digits.slice(0, -3)) groups = `,${digits.slice(-3)}${groups}`
  return digits + groups
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

/** The years 0 to 9999, which ISO 8601 writes with four digits, in milliseconds since the epoch. */
const FIRST_TIME = -62_167_219_200_000
const LAST_TIME = 253_402_300_799_999

/** A time (milliseconds since the epoch) as in `1994-11-06T08:49:37.000Z`; undefined outside the years 0 to 9999. */
export function isoTime(time: number): string | undefined {
  return time >= FIRST_TIME && time <= LAST_TIME ? new Date(time).toISOString() : undefined
}

/** All figures before the point, and as many behind it as make three. */
function threeFigures(value: number): string {
  const decimals = value < 10 ? 2 : value < 100 ? 1 : 0
  return `${Number(value.toFixed(decimals))}`
}
