const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)
const MILLISECONDS_PER_DAY = 86_400_000

/** C's conversions in local time and the C locale, with GNU's additions. */
const CONVERSIONS: Readonly<Record<string, (date: Date) => string>> = {
  a: date => dayName(date).slice(0, 3),
  A: dayName,
  b: date => monthName(date).slice(0, 3),
  B: monthName,
  c: date => strftime('%a %b %e %H:%M:%S %Y')(date),
  C: date => digits(2, Math.floor(date.getFullYear() / 100)),
  d: date => digits(2, date.getDate()),
  D: date => strftime('%m/%d/%y')(date),
  e: date => blankPadded(date.getDate()),
  F: date => strftime('%Y-%m-%d')(date),
  g: date => digits(2, isoWeek(date).year % 100),
  G: date => String(isoWeek(date).year),
  h: date => strftime('%b')(date),
  H: date => digits(2, date.getHours()),
  I: date => digits(2, hourOfTwelve(date)),
  j: date => digits(3, dayOfYear(date) + 1),
  k: date => blankPadded(date.getHours()),
  l: date => blankPadded(hourOfTwelve(date)),
  m: date => digits(2, date.getMonth() + 1),
  M: date => digits(2, date.getMinutes()),
  n: () => '\n',
  p: date => (date.getHours() < 12 ? 'AM' : 'PM'),
  P: date => (date.getHours() < 12 ? 'am' : 'pm'),
  r: date => strftime('%I:%M:%S %p')(date),
  R: date => strftime('%H:%M')(date),
  s: date => String(Math.floor(date.getTime() / 1000)),
  S: date => digits(2, date.getSeconds()),
  t: () => '\t',
  T: date => strftime('%H:%M:%S')(date),
  u: date => String(date.getDay() || 7),
  U: date => digits(2, weekOfYear(date, date.getDay())),
  V: date => digits(2, isoWeek(date).week),
  w: date => String(date.getDay()),
  W: date => digits(2, weekOfYear(date, daysSinceMonday(date))),
  x: date => strftime('%m/%d/%y')(date),
  X: date => strftime('%H:%M:%S')(date),
  y: date => digits(2, date.getFullYear() % 100),
  Y: date => String(date.getFullYear()),
  z: zoneOffset,
  Z: zoneName,
  '%': () => '%',
}

/**
 * Compiles a format of C's strftime, for local time in the C locale. The modifiers E and O change nothing
 * there; what it does not know it leaves as it stands, as the C library does.
 */
export function strftime(format: string): (date: Date) => string {
  return date => format.replaceAll(/%[EO]?(.)/gs, (whole, letter) => CONVERSIONS[letter]?.(date) ?? whole)
}

function digits(width: number, value: number): string {
  return String(value).padStart(width, '0')
}

function blankPadded(value: number): string {
  return String(value).padStart(2, ' ')
}

function dayName(date: Date): string {
  return DAYS[date.getDay()] ?? '?'
}

function monthName(date: Date): string {
  return MONTHS[date.getMonth()] ?? '?'
}

function hourOfTwelve(date: Date): number {
  return date.getHours() % 12 || 12
}

/** From 0, by the calendar: a change to summer time shortens no year. */
function dayOfYear(date: Date): number {
  const today = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  return (today - Date.UTC(date.getFullYear(), 0, 1)) / MILLISECONDS_PER_DAY
}

function daysSinceMonday(date: Date): number {
  return (date.getDay() + 6) % 7
}

function weekOfYear(date: Date, daysIntoWeek: number): number {
  return Math.floor((dayOfYear(date) + 7 - daysIntoWeek) / 7)
}

/** An ISO 8601 week belongs to the year that has its Thursday. */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 3 - daysSinceMonday(date))
  return { year: thursday.getFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 }
}

function zoneOffset(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${digits(2, Math.floor(size / 60))}${digits(2, size % 60)}`
}

/**
 * A locale abbreviates only the zones its readers know. Those that none of these knows are named by their
 * offset, as the zone database does for zones without an abbreviation.
 */
function zoneName(date: Date): string {
  for (const locale of ['en-US', 'en-GB', 'en-AU', 'en-IN', 'ja']) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }).formatToParts(date)
    const name = parts.find(part => part.type === 'timeZoneName')?.value
    if (name !== undefined && /^[A-Z]{3,}$/.test(name)) return name
  }
  return zoneOffset(date).replace(/00$/, '')
}
