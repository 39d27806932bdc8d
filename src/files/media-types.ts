import { lookup } from 'mime-types'
import { byteString } from '../http/byte-string.ts'
import { remember } from '../http/remember.ts'

export interface MediaTypeRules {
  /** Media types by extension, which is in lower case and without its dot. */
  readonly types: ReadonlyMap<string, string>
  /** Character sets by extension. */
  readonly charsets: ReadonlyMap<string, string>
  /** The character set of text for which nothing else tells it. */
  readonly textCharset: string | undefined
}

/** Endings that are remembered: there are few, unless names contain dots elsewhere. */
const ENDINGS_REMEMBERED = { texts: 512, longest: 64 }
const UNKNOWN = 'application/octet-stream'
const CHARSET = /;\s*charset=("[^"]*"|[^;\s]*)/i

/** Tells the Content-Type of a file by its name. */
export class MediaTypes {
  readonly #types: ReadonlyMap<string, string>
  readonly #charsets: ReadonlyMap<string, string>
  readonly #textCharset: string | undefined
  readonly #ofEnding = remember(ending => ({ type: this.#decide(ending) }), ENDINGS_REMEMBERED)

  constructor({ types, charsets, textCharset }: MediaTypeRules) {
    this.#types = withByteStrings(types)
    this.#charsets = withByteStrings(charsets)
    this.#textCharset = textCharset
  }

  /**
   * The last extension tells the type. Every one may tell a character set, as in `index.html.koi8-r` or
   * `index.koi8-r.html`, and the last that does counts; then that of the type itself; then that of text.
   *
   * @param name A byte string.
   */
  of(name: string): string {
    const dot = name.indexOf('.')
    return this.#ofEnding(dot < 0 ? '' : name.slice(dot)).type
  }

  /** @param ending All extensions, each with its dot. */
  #decide(ending: string): string {
    const extensions = ending.toLowerCase().split('.').slice(1)
    const type = this.#typeOf(extensions.at(-1))
    const charset = this.#charsetOf(extensions)
    if (charset !== undefined) return `${type.replace(CHARSET, '')}; charset=${charset}`
    if (this.#textCharset === undefined || !/^text\//i.test(type) || CHARSET.test(type)) return type
    return `${type}; charset=${this.#textCharset}`
  }

  #typeOf(extension: string | undefined): string {
    if (extension === undefined) return UNKNOWN
    return this.#types.get(extension) ?? (lookup(extension) || UNKNOWN)
  }

  #charsetOf(extensions: readonly string[]): string | undefined {
    if (this.#charsets.size === 0) return undefined
    const telling = extensions.findLast(extension => this.#charsets.has(extension))
    return telling === undefined ? undefined : this.#charsets.get(telling)
  }
}

function withByteStrings(rules: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...rules].map(([extension, value]) => [byteString(extension).toLowerCase(), value]))
}
