import type { Lifetime } from '../../http/response/freshness.ts'
import { duration, type ValueType } from './values.ts'

const LONGEST = '3650d'
const plainDuration = duration('0', LONGEST)

const SECONDS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 604_800,
  month: 2_592_000,
  year: 31_536_000,
}
const SENTENCE = /^(access|now|modification)(?: plus)?((?: \d+ [a-z]+)+)$/
const AMOUNT = / (\d+) ([a-z]+)/g

/**
 * A duration, or one in the words of Apache's mod_expires: `access plus 1 month 2 days`, or `M3600` for so many
 * seconds after the modification.
 *
 * @see https://httpd.apache.org/docs/2.4/mod/mod_expires.html
 */
export const lifetime: ValueType<Lifetime> = {
  expected: `a duration such as 30d or "access plus 1 month" (0 to ${LONGEST})`,
  read(word) {
    const [, letter, digits] = /^([AM])(\d+)$/i.exec(word) ?? []
    if (digits !== undefined) return lasting(letter?.toUpperCase() === 'M', digits)

    const words = word.trim().toLowerCase().replaceAll(/\s+/g, ' ')
    const [, base, amounts = ''] = SENTENCE.exec(words) ?? []
    return base === undefined ? lasting(false, word) : lasting(base === 'modification', sum(amounts))
  },
}

function lasting(fromModification: boolean, text: string): Lifetime | undefined {
  const milliseconds = plainDuration.read(text)
  if (milliseconds === undefined) return undefined
  return { from: fromModification ? 'modification' : 'access', milliseconds }
}

/** As in ` 1 month 2 days`, in seconds; with another unit it is no number. */
function sum(amounts: string): string {
  const seconds = [...amounts.matchAll(AMOUNT)].map(
    ([, count, unit = '']) => Number(count) * (SECONDS[unit.replace(/s$/, '')] ?? Number.NaN),
  )
  return String(seconds.reduce((total, each) => total + each, 0))
}
