import { isUtf8 } from 'node:buffer'
import sniffEncoding from 'html-encoding-sniffer'
import { lookup } from 'mime-types'
import { byteString } from '../http/byte-string.ts'
import type { ContentCoding } from '../http/encoding.ts'
import { remember } from '../http/remember.ts'

/** Has the content tell what its name does not. */
export const AUTO = 'auto'

export interface MediaTypeRules {
  /** The type of all files, whatever their names. */
  readonly forced?: string | undefined
  /** Media types by extension, which is in lower case and without its dot. */
  readonly types: ReadonlyMap<string, string>
  /** Character sets by extension. */
  readonly charsets: ReadonlyMap<string, string>
  /** The media type of a file whose name tells none, or AUTO. */
  readonly defaultType: string
  /** The character set of text whose name tells none, or AUTO. */
  readonly textCharset: string | undefined
}

/** What a response says of a file. */
export interface MediaType {
  /** The Content-Type. */
  readonly mediaType: string
  /** The Content-Encoding that the file itself has. */
  readonly coding: ContentCoding | undefined
}

/** How many of the first bytes of a file tell what its name does not: as many as a browser looks at (HTML §13.2.3.2). */
export const BEGINNING = 1024

/** Endings that are remembered: there are few, unless names contain dots elsewhere. */
const ENDINGS_REMEMBERED = { texts: 512, longest: 64 }
const BINARY = 'application/octet-stream'
const PLAIN = 'text/plain'
const UTF_8 = 'utf-8'
const CHARSET = /;\s*charset=("[^"]*"|[^;\s]*)/i
/** Bytes that are in no text (MIME Sniffing §3). */
const BINARY_BYTE = /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]/
/** The most bytes of a character that the end of a beginning cuts off. */
const CUT_OFF = 3

/** What the table has otherwise or not at all: as RFC 9639 and RFC 8878 have it, and as people mean it. */
const BETTER: ReadonlyMap<string, string> = new Map([
  // A short one may look like text.
  ['br', BINARY],
  ['flac', 'audio/flac'],
  ['rs', PLAIN],
  ['tgz', 'application/gzip'],
  ['zst', 'application/zstd'],
])

/** What files of these extensions are packed with, be their media type what it may. */
const CODINGS: ReadonlyMap<string, ContentCoding> = new Map([['svgz', 'gzip']])

/** What the extensions of a name tell; the media type may need the beginning of the file. */
interface Told {
  readonly mediaType: string | ((beginning: Buffer) => string)
  readonly coding: ContentCoding | undefined
}

/** Tells the Content-Type of a file by its name, and by its content where the name does not. */
export class MediaTypes {
  readonly #rules: MediaTypeRules
  readonly #types: ReadonlyMap<string, string>
  readonly #charsets: ReadonlyMap<string, string>
  readonly #ofEnding = remember(ending => this.#decide(ending), ENDINGS_REMEMBERED)

  constructor(rules: MediaTypeRules) {
    this.#rules = rules
    this.#types = withByteStrings(rules.types)
    this.#charsets = withByteStrings(rules.charsets)
  }

  /**
   * The last extension tells the type. Every one may tell a character set, as in `index.html.koi8-r` or
   * `index.koi8-r.html`, and the last that does counts; then that of the type itself; then that of text.
   *
   * @param path A byte string.
   * @param begin Gives the first bytes of the file, BEGINNING of them if it has so many; it is asked only where they tell.
   */
  of(path: string, begin: () => Buffer): MediaType {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const dot = name.indexOf('.')
    const { mediaType, coding } = this.#ofEnding(dot < 0 ? '' : name.slice(dot))
    return { mediaType: typeof mediaType === 'string' ? mediaType : mediaType(begin()), coding }
  }

  /** @param ending All extensions, each with its dot. */
  #decide(ending: string): Told {
    const extensions = ending.toLowerCase().split('.').slice(1)
    const last = extensions.at(-1) ?? ''
    return { mediaType: this.#typeOf(last, this.#charsetOf(extensions)), coding: CODINGS.get(last) }
  }

  #typeOf(extension: string, charset: string | undefined): Told['mediaType'] {
    const { forced, defaultType, textCharset } = this.#rules
    const known =
      forced ?? this.#types.get(extension) ?? BETTER.get(extension) ?? (lookup(extension) || undefined)
    if (known === undefined && defaultType === AUTO) return beginning => this.#ofContent(beginning, charset)
    const type = known ?? defaultType
    if (charset !== undefined) return withCharset(type.replace(CHARSET, ''), charset)
    if (!/^text\//i.test(type) || CHARSET.test(type)) return type
    if (textCharset !== AUTO) return withCharset(type, textCharset)
    if (!/^text\/html\b/i.test(type)) return withCharset(type, UTF_8)
    return beginning => withCharset(type, isHtmlInUtf8(beginning) ? UTF_8 : undefined)
  }

  #ofContent(beginning: Buffer, charset: string | undefined): string {
    const { textCharset } = this.#rules
    if (BINARY_BYTE.test(beginning.toString('latin1'))) return BINARY
    if (charset !== undefined || textCharset !== AUTO) return withCharset(PLAIN, charset ?? textCharset)
    return withCharset(PLAIN, isInUtf8(beginning) ? UTF_8 : undefined)
  }

  #charsetOf(extensions: readonly string[]): string | undefined {
    if (this.#charsets.size === 0) return undefined
    const telling = extensions.findLast(extension => this.#charsets.has(extension))
    return telling === undefined ? undefined : this.#charsets.get(telling)
  }
}

function withCharset(type: string, charset: string | undefined): string {
  return charset === undefined ? type : `${type}; charset=${charset}`
}

/** Whether a browser that is told nothing would find UTF-8 declared, or nothing declared and UTF-8 is what there is. */
function isHtmlInUtf8(beginning: Buffer): boolean {
  const undeclared = isInUtf8(beginning) ? 'UTF-8' : 'windows-1252'
  return sniffEncoding(beginning, { defaultEncoding: undeclared }) === 'UTF-8'
}

/** Whether it is UTF-8, but for a character that the end of the beginning cuts off. */
function isInUtf8(beginning: Buffer): boolean {
  const most = beginning.length < BEGINNING ? 0 : CUT_OFF
  for (let cut = 0; cut <= most; cut++) if (isUtf8(beginning.subarray(0, beginning.length - cut))) return true
  return false
}

function withByteStrings(rules: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...rules].map(([extension, value]) => [byteString(extension).toLowerCase(), value]))
}
