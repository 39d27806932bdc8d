import { lookup } from 'mime-types'

const UNKNOWN = 'application/octet-stream'

/** Tells the Content-Type of a file by its extension. */
export class MediaTypes {
  readonly #byExtension = new Map<string, string>()

  /** The media type of a file name, with `charset=utf-8` where the type is text. */
  of(name: string): string {
    const dot = name.lastIndexOf('.')
    if (dot < 0) return UNKNOWN
    const extension = name.slice(dot + 1).toLowerCase()
    const known = this.#byExtension.get(extension)
    if (known !== undefined) return known
    const type = lookup(extension)
    if (type === false) return UNKNOWN
    const mediaType = type.startsWith('text/') ? `${type}; charset=utf-8` : type
    this.#byExtension.set(extension, mediaType)
    return mediaType
  }
}
