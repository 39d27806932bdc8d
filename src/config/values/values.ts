import { closestMatch } from 'leven'
import { OWS, TOKEN } from '../../http/grammar.ts'

/** How one word becomes a value. `read` answers undefined to a word that is not as `expected` says. */
export interface ValueType<Value> {
  /** Completes the sentence that begins with "Expected". */
  readonly expected: string
  /** The words it knows by name, to suggest one when another was mistyped. */
  readonly words?: readonly string[]
  read(text: string): Value | undefined
}

/** Any of the words in any case; the value is the word as it is spelled here. */
export function oneOf<const Name extends string>(names: readonly Name[]): ValueType<Name> {
  return {
    expected: enumerate(names),
    words: names,
    read: text => names.find(name => name.toLowerCase() === text.toLowerCase()),
  }
}

/** As in `On, Off or Prod`. */
export function enumerate(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

/** What to append to a message about a word that looks, in any case, like one of the candidates; empty when none is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const names = new Map(candidates.map(name => [name.toLowerCase(), name]))
  const maxDistance = Math.min(3, Math.ceil(word.length / 3))
  const meant = closestMatch(word.toLowerCase(), [...names.keys()], { maxDistance })
  return meant === undefined ? '' : ` (did you mean ${names.get(meant)}?)`
}

const onOrOff = oneOf(['On', 'Off'])

export const flag: ValueType<boolean> = {
  ...onOrOff,
  read(text) {
    const word = onOrOff.read(text)
    return word === undefined ? undefined : word === 'On'
  },
}

/** The type, or the word `off` in its place, which stands for the value given here. */
export function orOff<Value>(type: ValueType<Value>, off: Value): ValueType<Value> {
  return {
    expected: `${type.expected} or off`,
    words: ['off'],
    read: text => (text.toLowerCase() === 'off' ? off : type.read(text)),
  }
}

/** A whole number in decimal, bounds included. */
export function integer(least: number, most: number): ValueType<number> {
  return {
    expected: `a whole number from ${least} to ${most}`,
    read: text => (/^\d+$/.test(text) ? within(Number(text), least, most) : undefined),
  }
}

const MILLISECONDS: Readonly<Record<string, number>> = {
  '': 1000,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Milliseconds from a number with Apache's units, seconds when it has none; bounds, included, are written alike. */
export function duration(least: string, most: string): ValueType<number> {
  return quantity('a duration such as 500ms, 5s, 2min, 3h or 30d', MILLISECONDS, least, most)
}

const BYTES: Readonly<Record<string, number>> = Object.fromEntries([
  ['', 1],
  ...['k', 'm', 'g', 't'].flatMap((prefix, index) =>
    [prefix, `${prefix}b`, `${prefix}ib`].map(unit => [unit, 1024 ** (index + 1)]),
  ),
])

/** Bytes from a number with a unit such as K, KB or KiB, all of them powers of 1024; bounds are written alike. */
export function size(least: string, most: string): ValueType<number> {
  return quantity('a size such as 512K or 64MiB', BYTES, least, most)
}

function quantity(
  name: string,
  units: Readonly<Record<string, number>>,
  least: string,
  most: string,
): ValueType<number> {
  const amount = (text: string) => {
    const [, digits, unit = ''] = /^(\d+)([a-z]*)$/i.exec(text) ?? []
    const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined
    return digits === undefined || factor === undefined ? Number.NaN : Number(digits) * factor
  }
  return {
    expected: `${name} (${least} to ${most})`,
    read: text => within(amount(text), amount(least), amount(most)),
  }
}

function within(value: number, least: number, most: number): number | undefined {
  return value >= least && value <= most ? value : undefined
}

/** Any text that is not empty. */
export function text(expected: string): ValueType<string> {
  return { expected, read: word => (word === '' ? undefined : word) }
}

/** Any word that the pattern matches. */
function like(expected: string, pattern: RegExp, convert = (word: string) => word): ValueType<string> {
  return { expected, read: word => (pattern.test(word) ? convert(word) : undefined) }
}

/** The path of a file or folder; not a `|command`, which Apache would run. */
export const path: ValueType<string> = {
  expected: 'a path',
  read: word => (word === '' || word.startsWith('|') ? undefined : word),
}

/** What is wrong with a path that is written as for a shell or another server; undefined when nothing is. */
export function objectionToPath(word: string): string | undefined {
  if (/\$\{[^${}]*\}/.test(word)) return 'variables are not replaced, write what stands in it'
  if (/^~/.test(word))
    return `a home is not looked for, write its path, or "./${word}" for a file of that name`
  if (/^(?:off|none|null|stdout|stderr|stdin|journal|-|syslog(?::.*)?)$/i.test(word))
    return `write "./${word}" if a file or folder is called so`
  return undefined
}

/** Whether a path is as those of clients are compared: without repeated slashes, `.` and `..`. */
export function isNormal(path: string): boolean {
  return !/\/(?:\/|\.{1,2}(?:\/|$))/.test(path)
}

/** The name of a file within a folder that HTTP can reach: no slash and no leading dot; or a path from the root. */
export const indexName: ValueType<string> = {
  expected: 'a file name such as index.html, or a path such as /start.html',
  read: word => (/^(?:[^./][^/]*|\/[^?#]*[^?#/])$/.test(word) && isNormal(word) ? word : undefined),
}

/** The name of a file, which may have wildcards. */
export const namePattern: ValueType<string> = {
  expected: 'a name or pattern such as *.bak, without a slash',
  read: word => (/^[^/]+$/.test(word) ? word : undefined),
}

export const dotName: ValueType<string> = {
  expected: 'a name that begins with a dot such as .well-known',
  read: word => (/^\.[^/]+$/.test(word) && word !== '..' ? word : undefined),
}

/** A path as a client asks for it, with nothing percent-encoded: it would be compared as it stands. */
export const urlPath: ValueType<string> = {
  expected: 'a path such as /folder/name, without query, percent-encoding, // and /../',
  read: word => (/^\/[^?#]*$/.test(word) && isNormal(word) && !/%[\da-f]{2}/i.test(word) ? word : undefined),
}

/** type "/" subtype *( ";" name "=" value ) (RFC 9110 §8.3.1). */
export const mediaType: ValueType<string> = like(
  'a media type such as text/html',
  new RegExp(`^${TOKEN}/${TOKEN}(?:${OWS};${OWS}${TOKEN}=(?:${TOKEN}|"[\\w !#-[\\]-~]*"))*$`),
)

/** Lower case, without parameters; a whole group of them is `image/*`. */
export const mediaTypeOrGroup: ValueType<string> = like(
  'a media type such as text/css or image/*',
  new RegExp(`^[\\w!#$%&'+.^\`|~-](?:${TOKEN})?/${TOKEN}$`),
  word => word.toLowerCase(),
)

export const charset: ValueType<string> = like('a character set such as utf-8', new RegExp(`^${TOKEN}$`))

/** Lower case and without its dot, with or without which it may be given. */
export const fileExtension: ValueType<string> = like('a file extension such as .txt', /^\.?[^./]+$/, word =>
  word.replace('.', '').toLowerCase(),
)

/** The name of a field, without the colon that may follow it. */
export const fieldName: ValueType<string> = like(
  'the name of a field such as Cache-Control',
  new RegExp(`^${TOKEN}:?$`),
  word => word.replace(':', ''),
)

/** What stands in quotes in a challenge. */
export const realm: ValueType<string> = {
  expected: 'a name of some words such as "Members only"',
  read: word => (/^[^\0-\x1f\x7f]+$/.test(word) ? word : undefined),
}
