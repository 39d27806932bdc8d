import { OWS, TOKEN } from './grammar.ts'
import { listMembers } from './list.ts'

/** The content codings a representation can have, in the order of preference among equals. */
export const CONTENT_CODINGS = ['br', 'zstd', 'gzip'] as const
export type ContentCoding = (typeof CONTENT_CODINGS)[number]

/** How much a client wants a coding, or with `identity` none at all: from 0, which refuses it, to 1. */
export type CodingWeights = Readonly<Record<ContentCoding | 'identity', number>>

/** ( codings / "identity" / "*" ) [ weight ] (RFC 9110 §12.5.3, §12.4.2). */
const MEMBER = new RegExp(`^(${TOKEN})(?:${OWS};${OWS}q=(0(?:\\.[0-9]{0,3})?|1(?:\\.0{0,3})?))?$`, 'i')

const KNOWN = [...CONTENT_CODINGS, 'identity', '*'] as const

/** The weight of what is acceptable only because nothing was said of it: less than any that a client can give. */
const UNMENTIONED = 0.0001

/**
 * Reads an Accept-Encoding field (RFC 9110 §12.5.3). A member that cannot be read counts for nothing; of two
 * for the same coding the one that wants it less counts.
 */
export function parseAcceptEncoding(field: string): CodingWeights {
  // No key is a name that the client chose: it could choose many, and such as collide.
  const weights: Partial<Record<ContentCoding | 'identity' | '*', number>> = {}
  for (const text of listMembers(field)) {
    const [, name = '', weight = '1'] = MEMBER.exec(text) ?? []
    const coding = KNOWN.find(known => known === canonicalName(name.toLowerCase()))
    if (coding === undefined) continue
    weights[coding] = Math.min(weights[coding] ?? 1, Number(weight))
  }
  const others = weights['*']
  return {
    br: weights.br ?? others ?? 0,
    zstd: weights.zstd ?? others ?? 0,
    gzip: weights.gzip ?? others ?? 0,
    identity: weights.identity ?? others ?? UNMENTIONED,
  }
}

/** RFC 9110 §8.4.1.3. */
function canonicalName(coding: string): string {
  return coding === 'x-gzip' ? 'gzip' : coding
}

interface EncodedVariant {
  readonly coding: ContentCoding
  /** Bytes. */
  readonly size: number
}

/**
 * Chooses among the encoded variants of content, all of them smaller than itself, whatever their order: the one its client
 * wants most, of those it wants equally the smallest, and of those that are as small the first of CONTENT_CODINGS. Undefined
 * is the content as it is, which is also sent when nothing there is is acceptable (RFC 9110 §12.5.3).
 */
export function chooseVariant<Variant extends EncodedVariant>(
  weights: CodingWeights,
  variants: readonly Variant[],
): Variant | undefined {
  let chosen: Variant | undefined
  let most = weights.identity
  for (const variant of variants) {
    const weight = weights[variant.coding]
    if (weight === 0 || weight < most) continue
    if (chosen !== undefined && weight === most && !isPreferable(variant, chosen)) continue
    chosen = variant
    most = weight
  }
  return chosen
}

function isPreferable(one: EncodedVariant, other: EncodedVariant): boolean {
  if (one.size !== other.size) return one.size < other.size
  return CONTENT_CODINGS.indexOf(one.coding) < CONTENT_CODINGS.indexOf(other.coding)
}

/** The coding that serves a client best, whether or not there is such a variant; undefined when it wants none. */
export function mostWanted(weights: CodingWeights): ContentCoding | undefined {
  let most: ContentCoding | undefined
  for (const coding of CONTENT_CODINGS) {
    if (weights[coding] > (most === undefined ? 0 : weights[most])) most = coding
  }
  return most !== undefined && weights[most] >= weights.identity ? most : undefined
}
