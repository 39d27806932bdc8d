import { closeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { Compressor } from '../encoding/compressor.ts'
import {
  type CodingWeights,
  type ContentCoding,
  chooseVariant,
  mostWanted,
  parseAcceptEncoding,
} from '../http/encoding.ts'
import type { Fields } from '../http/fields.ts'
import { entityTag, type Representation } from '../http/response/representation.ts'
import type { FileCache } from './file-cache.ts'
import { type FileVersion, isSameFile } from './file-version.ts'
import { FileInMemory, type FoundFile, OpenFile, readSmallFile, type Variant } from './found-file.ts'
import { type KeptFile, openKept } from './kept-file.ts'
import type { RootFolder } from './root-folder.ts'
import { isUsable, SIDECAR_EXTENSIONS } from './sidecars.ts'

/** The part of the memory for files that one variant may take. */
const LARGEST_PART = 1 / 8
/** Accept-Encoding fields whose meaning is remembered. */
const MOST_FIELDS = 64

/** What is sent once a file was packed: the packed form, the file as it is, or neither, since that is not there any more. */
export type Packed = FileInMemory | 'as it is' | 'changed'

/** Chooses for each client the variant of a file that it wants most, and has missing ones made. */
export class Variants {
  readonly #root: RootFolder
  readonly #cache: FileCache
  readonly #compressor: Compressor
  /** By Accept-Encoding. */
  readonly #weights = new Map<string, CodingWeights>()

  constructor(root: RootFolder, cache: FileCache, compressor: Compressor) {
    this.#root = root
    this.#cache = cache
    this.#compressor = compressor
  }

  /**
   * The variant to send, or undefined for the file as it is. A client is not sent what it has already again
   * only because there is a better variant by now.
   *
   * @param now Milliseconds since the epoch.
   * @param fields Of the request.
   */
  choose(kept: KeptFile, now: number, fields: Fields | undefined): FoundFile | undefined {
    if (fields === undefined || kept.representation.varies !== true) return undefined
    const accept = fields.get('accept-encoding')
    if (accept === undefined) return undefined
    const weights = this.#weightsOf(accept)
    const held = fields.get('if-none-match')
    if (held?.includes(kept.representation.etag)) return undefined
    const same = held === undefined ? undefined : heldVariant(kept, weights, held)
    if (same !== undefined) return same
    // Parts are sent of the file as it is, so that is what they are asked of (RFC 9110 §12.5.3).
    if (weights.identity > 0 && (fields.has('range') || fields.has('if-range'))) return undefined

    this.#order(kept, weights)
    return this.#open(kept, now, weights)
  }

  /**
   * Keeps a file that was packed at once, with gzip, for a client that {@link choose} has no variant for; undefined when none
   * is to be. It is done once, with little effort; the compressor makes a better form when it has the time. Nothing to keep is
   * given when packing gains nothing, which is kept in mind.
   */
  packerFor(kept: KeptFile, fields: Fields | undefined): ((bytes: Buffer | undefined) => Packed) | undefined {
    const { path, version, ordered, settled, isPacked } = kept
    if (fields === undefined || ordered === undefined || !settled || isPacked) return undefined
    const accept = fields.get('accept-encoding')
    if (accept === undefined || fields.has('range') || fields.hasNameThatBegins('if-')) return undefined
    const weights = this.#weightsOf(accept)
    if (weights.gzip === 0 || weights.gzip < weights.identity) return undefined
    return bytes => {
      const present = this.#present(path, version)
      if (present === undefined) return 'changed'
      present.isPacked = true
      return (bytes && this.#keep(present, 'gzip', bytes)) ?? 'as it is'
    }
  }

  /** The best variant there is. */
  #open(kept: KeptFile, now: number, weights: CodingWeights): FoundFile | undefined {
    const variant = chooseVariant(weights, kept.variants)
    if (variant === undefined || variant.file !== undefined) return variant?.file

    const file = this.#openSidecar(kept, variant.coding, now)
    if (file instanceof FileInMemory) this.#cache.set(withVariant(kept, { ...variant, file }))
    if (file !== undefined) return file
    // The variant has gone, or may not be used: the client gets the best of the rest.
    const rest: KeptFile = { ...kept, variants: kept.variants.filter(other => other !== variant) }
    this.#cache.set(rest)
    return this.#open(rest, now, weights)
  }

  /** The weights of a field; clients send few different ones. */
  #weightsOf(accept: string): CodingWeights {
    const known = this.#weights.get(accept)
    if (known !== undefined) return known
    if (this.#weights.size === MOST_FIELDS) this.#weights.clear()
    const weights = parseAcceptEncoding(accept)
    this.#weights.set(accept, weights)
    return weights
  }

  #openSidecar(kept: KeptFile, coding: ContentCoding, now: number) {
    const { path, version, representation } = kept
    const sidecarPath = path + SIDECAR_EXTENSIONS[coding]
    const opened = this.#root.open(sidecarPath)
    if (opened.kind !== 'file') return undefined
    using descriptor = new DisposableStack()
    descriptor.adopt(opened.descriptor, closeSync)
    if (!isUsable(opened.stats, version)) return undefined

    const small = this.#cache.mayKeep(opened.stats.size, kept) ? readSmallFile(opened) : undefined
    const size = small === undefined ? opened.stats.size : small.memory.length - small.start
    const modified = opened.stats.mtimeMs
    const etag = entityTag({ size, modified, changed: opened.stats.ctimeMs }, now, `-${coding}`)
    const encoded: Representation = { ...representation, size, modified, etag, coding }
    const fullPath = this.#root.path + sidecarPath
    if (small !== undefined) return new FileInMemory(fullPath, encoded, small)
    descriptor.move()
    return new OpenFile(fullPath, encoded, opened.descriptor)
  }

  /** Orders the variant that this client would want most, unless that was tried before. */
  #order({ path, version, settled, ordered }: KeptFile, weights: CodingWeights): void {
    if (ordered === undefined || !settled) return
    const coding = mostWanted(weights)
    if (coding === undefined || ordered.has(coding)) return
    const isTaken = this.#compressor.take({
      coding,
      open: () => {
        const kept = this.#recall(path, version)
        return kept && openKept(kept, this.#root)
      },
      done: bytes => {
        const present = this.#present(path, version)
        if (present !== undefined) this.#keep(present, coding, bytes)
      },
    })
    if (isTaken) ordered.add(coding)
  }

  /** Keeps a variant of a file; undefined when it is too large for that. */
  #keep(kept: KeptFile, coding: ContentCoding, bytes: Buffer): FileInMemory | undefined {
    if (bytes.length > this.#cache.maximum * LARGEST_PART) return undefined
    const { path, version, representation, sighting } = kept
    const size = bytes.length
    // Another release of the encoder may make other bytes of the same file: their checksum tells them apart.
    const form = `-${coding}-${crc32(bytes).toString(16)}`
    const { modified } = representation
    const etag = entityTag(
      { size: representation.size, modified, changed: version.ctimeMs },
      sighting.at,
      form,
    )
    const file = new FileInMemory(
      this.#root.path + path,
      { ...representation, size, etag, coding },
      { memory: bytes, start: 0 },
    )
    // A quick form stays beside a closer one, for who holds it. Responses without the new one are renewed no more, so that
    // whoever would rather have it gets it soon.
    const variants = [...kept.variants, { coding, size, file }]
    this.#cache.set({ ...kept, variants, sighting: { at: sighting.at } })
    return file
  }

  /** The kept file, if it and what is on the disk are still this version. */
  #present(path: string, version: FileVersion): KeptFile | undefined {
    const kept = this.#recall(path, version)
    return isSameFile(version, this.#root.look(path)) ? kept : undefined
  }

  /** The kept file, if it is still this version. */
  #recall(path: string, version: FileVersion): KeptFile | undefined {
    const kept = this.#cache.get(path)
    return kept?.version === version ? kept : undefined
  }
}

/** The variant in memory that a client has, and accepts. */
function heldVariant({ variants }: KeptFile, weights: CodingWeights, held: string): FoundFile | undefined {
  const isHeld = ({ coding, file }: Variant) =>
    file !== undefined && weights[coding] > 0 && held.includes(file.etag)
  return variants.find(isHeld)?.file
}

/** Keeps the place of a variant, since the first of two equals is the one that is sent. */
function withVariant(kept: KeptFile, variant: Variant): KeptFile {
  const variants = kept.variants.map(other => (other.coding === variant.coding ? variant : other))
  return { ...kept, variants: variants.includes(variant) ? variants : [...variants, variant] }
}
