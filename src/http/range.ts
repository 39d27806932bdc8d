import { listMembers } from './list.ts'

/** Bytes `first` to `last`, both included, as Content-Range counts them. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

export type RangeOutcome =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'unsatisfiable' }
  | { readonly kind: 'satisfiable'; readonly ranges: readonly [ByteRange, ...ByteRange[]] }

/** More ranges than this are an attack or a mistake: the whole file is the cheaper answer. */
const MOST_RANGES = 100
/** Ranges closer than what a part's head costs are sent as one (RFC 9110 §15.3.7.2). */
const NEAR = 128
const RANGES = /^bytes=(.*)$/i
/** int-range = first-pos "-" [ last-pos ]; suffix-range = "-" suffix-length (RFC 9110 §14.1.1). */
const RANGE = /^(?:([0-9]+)-([0-9]*)|-([0-9]+))$/

/**
 * Reads a Range field for content of `size` bytes (RFC 9110 §14.2). What cannot be read, or names another
 * unit, is ignored.
 */
export function parseRange(field: string, size: number): RangeOutcome {
  const list = RANGES.exec(field)?.[1]
  if (list === undefined) return { kind: 'ignored' }
  const texts = listMembers(list)
  if (texts.length === 0 || texts.length > MOST_RANGES) return { kind: 'ignored' }

  const ranges: ByteRange[] = []
  for (const text of texts) {
    const range = resolveRange(text, size)
    if (range === 'ignored') return { kind: 'ignored' }
    if (range !== 'unsatisfiable') ranges.push(range)
  }
  const [first, ...rest] = joinRanges(ranges)
  return first === undefined ? { kind: 'unsatisfiable' } : { kind: 'satisfiable', ranges: [first, ...rest] }
}

function resolveRange(text: string, size: number): ByteRange | 'ignored' | 'unsatisfiable' {
  const parts = RANGE.exec(text)
  if (parts === null) return 'ignored'
  const [, from, to, suffix] = parts
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size)
    if (length > 0) return { first: size - length, last: size - 1 }
    // The last bytes of an empty file are all of it, which no range can say.
    return Number(suffix) > 0 ? 'ignored' : 'unsatisfiable'
  }
  const first = Number(from)
  const last = to === '' || to === undefined ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < first) return 'ignored'
  return first >= size ? 'unsatisfiable' : { first, last }
}

/** Joins ranges that overlap or nearly touch, each into the earliest it meets, in the order asked for. */
function joinRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const kept: ByteRange[] = []
  for (let range of ranges) {
    let place = kept.length
    for (let index = kept.length - 1; index >= 0; index--) {
      const other = kept[index]
      if (other === undefined || !areNear(range, other)) continue
      range = { first: Math.min(range.first, other.first), last: Math.max(range.last, other.last) }
      kept.splice(index, 1)
      place = index
    }
    kept.splice(place, 0, range)
  }
  return kept
}

function areNear(one: ByteRange, other: ByteRange): boolean {
  return one.first <= other.last + NEAR && other.first <= one.last + NEAR
}
