import type { Arguments } from '../arguments.ts'
import type { ReadTimeouts, RequestPart } from '../config.ts'
import { duration, integer } from './values.ts'

const SHORTEST = '1ms'
const LONGEST = '1d'
const time = duration(SHORTEST, LONGEST)
const rate = integer(1, 1_000_000_000)

const PARTS: Readonly<Record<string, RequestPart>> = { header: 'head', body: 'body' }
const EXPECTED =
  `a duration such as 20s (${SHORTEST} to ${LONGEST}) for head and body, ` +
  'or header= or body= with one, as in header=20-40,MinRate=500'

/**
 * Takes how long clients may take to send a request: one duration for its head and again for its body, or
 * `header=` and `body=` in the words of Apache's mod_reqtimeout.
 *
 * @returns What was decided, besides `timeouts`, which is that with those parts in it.
 * @see https://httpd.apache.org/docs/2.4/mod/mod_reqtimeout.html
 */
export function takeReadTimeouts(
  args: Arguments,
  before: ReadTimeouts | undefined,
): { readonly timeouts: ReadTimeouts; readonly subject: string } {
  const decided = new Map<RequestPart, ReadTimeouts[RequestPart]>()
  do {
    const word = args.takeWord(EXPECTED)
    const [, name, text = ''] = /^([a-z]+)=(.*)$/i.exec(word.text) ?? []
    const part = name === undefined ? undefined : PARTS[name.toLowerCase()]
    const timeout = name === undefined ? plainTimeout(word.text) : part && readTimeout(text)
    if (timeout === undefined) throw args.mistake(`Expected ${EXPECTED}, got ${JSON.stringify(word.text)}`)
    if (typeof timeout === 'string') throw args.mistake(timeout)
    for (const each of part === undefined ? Object.values(PARTS) : [part]) {
      if (decided.has(each)) throw args.mistake(`${word.text} decides again what stands before it`)
      decided.set(each, timeout)
    }
  } while (!args.done)
  const timeouts = { ...before, ...Object.fromEntries(decided) } as ReadTimeouts
  return { timeouts, subject: [...decided.keys()].sort().join(' and ') }
}

function plainTimeout(text: string): ReadTimeouts[RequestPart] | undefined {
  const least = time.read(text)
  return least === undefined ? undefined : { least, most: least, minRate: undefined }
}

/** Reads a value such as `20-40,MinRate=500`; for any other text it returns what is wrong, or undefined. */
function readTimeout(text: string): ReadTimeouts[RequestPart] | string | undefined {
  const [, first = '', last, bytes] = /^([^-,]+)(?:-([^-,]+))?(?:,minrate=(.*))?$/i.exec(text) ?? []
  const least = time.read(first)
  if (least === undefined) return undefined
  const minRate = bytes === undefined ? undefined : rate.read(bytes)
  if (bytes !== undefined && minRate === undefined) {
    return `Expected ${rate.expected} behind MinRate=, got ${JSON.stringify(bytes)}`
  }
  if (last === undefined)
    return { least, most: minRate === undefined ? least : Number.POSITIVE_INFINITY, minRate }
  const most = time.read(last)
  if (most === undefined || most <= least) {
    return `Expected a duration above ${first} behind it, got ${JSON.stringify(last)}`
  }
  if (minRate === undefined)
    return `Expected ,MinRate= and bytes a second behind ${first}-${last}, got nothing`
  return { least, most, minRate }
}
