/** The years 0 to 9999, which ISO 8601 writes with four digits, in milliseconds since the epoch. */
const FIRST_TIME = -62_167_219_200_000
const LAST_TIME = 253_402_300_799_999

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']

/** A time (milliseconds since the epoch) as in `1994-11-06T08:49:37.000Z`; undefined outside the years 0 to 9999. */
export function isoTime(time: number): string | undefined {
  return time >= FIRST_TIME && time <= LAST_TIME ? new Date(time).toISOString() : undefined
}

/** A whole number with its digits in groups, as in `1,433,600`. */
export function groupedNumber(value: number): string {
  let digits = String(value)
  let groups = ''
  for (; digits.length > 3; digits = digits.slice(0, -3)) groups = `,${digits.slice(-3)}${groups}`
  return digits + groups
}

/** Bytes as a person says them, in powers of 1000: `512 bytes`, `1.4 MB`, `37 GB`. */
export function readableSize(bytes: number): string {
  let value = bytes
  let unit = 0
  // What would be rounded to 1000 of a unit is 1 of the next.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0
  return `${value.toFixed(digits)} ${bytes === 1 ? 'byte' : UNITS[unit]}`
}
