import { parseHttpDate } from './date.ts'
import type { Fields } from './fields.ts'
import { withoutBlanks } from './list.ts'
import { hasTrueTime, isYoung, type Representation } from './response/representation.ts'

/** A list of entity-tags: [ W/ ] DQUOTE *etagc DQUOTE, separated by commas (RFC 9110 §8.8.3, §13.1.1). */
const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g
const ENTITY_TAG_LIST =
  /^(?:[ \t]*,)*[ \t]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?:[ \t]*,(?:[ \t]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")?)*[ \t]*$/

/**
 * Evaluates the preconditions of a GET or HEAD in the order of RFC 9110 §13.2.2: go on, or answer 304 or 412.
 *
 * @param now Milliseconds since the epoch, to read two-digit years by.
 */
export function checkPreconditions(
  fields: Fields,
  content: Representation,
  now: number,
): 'proceed' | 'not modified' | 'failed' {
  const ifMatch = fields.get('if-match')
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, content.etag, 'strong')) return 'failed'
  } else if (isChangedSince(fields.get('if-unmodified-since'), content, now) === true) {
    return 'failed'
  }

  const ifNoneMatch = fields.get('if-none-match')
  if (ifNoneMatch !== undefined) {
    return matches(ifNoneMatch, content.etag, 'weak') ? 'not modified' : 'proceed'
  }
  if (!hasTrueTime(content)) return 'proceed'
  return isChangedSince(fields.get('if-modified-since'), content, now) === false ? 'not modified' : 'proceed'
}

/**
 * Whether a Range may be honoured: there is no If-Range, or it names exactly this version
 * (RFC 9110 §13.1.5). A date counts only as a strong validator, so never while the content is young.
 */
export function rangeIsCurrent(fields: Fields, content: Representation, now: number): boolean {
  const ifRange = fields.get('if-range')
  if (ifRange === undefined) return true
  if (ifRange.endsWith('"')) return !ifRange.startsWith('W/') && ifRange === content.etag
  const date = parseHttpDate(ifRange, now)
  if (date === undefined || !hasTrueTime(content)) return false
  return date === wholeSecond(content.modified) && !isYoung(content)
}

/** A list that cannot be read matches nothing. */
function matches(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (withoutBlanks(list) === '*') return true
  if (!ENTITY_TAG_LIST.test(list)) return false
  const tags: readonly string[] = list.match(ENTITY_TAG) ?? []
  if (comparison === 'strong') return !etag.startsWith('W/') && tags.includes(etag)
  return tags.some(tag => opaque(tag) === opaque(etag))
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}

/**
 * Whether the content has changed since the date of a field; undefined when the field is absent or is no
 * date, which makes it count for nothing. The true time counts here: the Last-Modified that young content is
 * sent with never brings a 304.
 */
function isChangedSince(
  field: string | undefined,
  content: Representation,
  now: number,
): boolean | undefined {
  if (field === undefined) return undefined
  const date = parseHttpDate(field, now)
  return date === undefined ? undefined : wholeSecond(content.modified) > date
}

/** HTTP-dates know no fractions. */
function wholeSecond(time: number): number {
  return Math.floor(time / 1000) * 1000
}
