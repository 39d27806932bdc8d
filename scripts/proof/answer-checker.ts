import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { Response } from '../../test/support/response.ts'
import type { PlannedRequest } from './requests.ts'
import type { Page } from './site.ts'

const UNPACK: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  br: bytes => brotliDecompressSync(bytes),
  gzip: bytes => gunzipSync(bytes),
  zstd: bytes => zstdDecompressSync(bytes),
}

/** Holds every byte of an answer against what was asked for. */
export class AnswerChecker {
  /** Entity-tags of the plain pages by their paths, as they are told. */
  readonly tags = new Map<string, string>()
  /** Packed forms that have been found right, by page and coding. */
  readonly #packed = new Map<string, Buffer>()

  /** What is wrong with it; undefined when nothing is. */
  check(request: PlannedRequest, response: Response): string | undefined {
    const { statuses, page } = request
    const { status, fields, body } = response
    if (!statuses.includes(status)) return `Expected ${statuses.join(' or ')}, got ${status}`
    if (!fields.has('date') || !fields.has('server')) return 'Expected a Date and a Server'
    if (page === undefined) return undefined
    if (status === 206) return checkRanges(request, page, response)
    if (status !== 200) return undefined

    const coding = fields.get('content-encoding')
    if (coding !== undefined) {
      if (!request.text.includes('\r\nAccept-Encoding: '))
        return `Expected no Content-Encoding, got ${coding}`
      return request.method === 'HEAD' ? undefined : this.#checkPacked(page, coding, body)
    }
    const tag = fields.get('etag')
    if (tag !== undefined) this.tags.set(page.path, tag)
    if (Number(fields.get('content-length')) !== page.content.length)
      return 'The Content-Length is not the page’s'
    return request.method === 'HEAD' || body.equals(page.content) ? undefined : 'The body is not the page'
  }

  #checkPacked(page: Page, coding: string, body: Buffer): string | undefined {
    const key = `${page.path} ${coding}`
    if (this.#packed.get(key)?.equals(body) === true) return undefined
    const unpack = UNPACK[coding]
    if (!page.mayBePacked || unpack === undefined) return `Expected no Content-Encoding: ${coding}`
    if (!unpacked(unpack, body)?.equals(page.content))
      return `The body does not unpack to the page, from ${coding}`
    this.#packed.set(key, body)
    return undefined
  }
}

/** Undefined when it cannot be unpacked. */
function unpacked(unpack: (bytes: Buffer) => Buffer, body: Buffer): Buffer | undefined {
  try {
    return unpack(body)
  } catch {
    return undefined
  }
}

function checkRanges({ ranges }: PlannedRequest, page: Page, { fields, body }: Response): string | undefined {
  const [range] = ranges
  const slices = ranges.map(([first, last]) => page.content.subarray(first, last + 1))
  const positions = ranges.map(([first, last]) => `bytes ${first}-${last}/${page.content.length}`)
  if (ranges.length === 1 && range !== undefined) {
    if (fields.get('content-range') !== positions[0])
      return `Expected ${positions[0]}, got another Content-Range`
    return slices[0]?.equals(body) === true ? undefined : 'The body is not the range'
  }
  const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(fields.get('content-type') ?? '')?.[1]
  if (boundary === undefined) return `Expected a multipart/byteranges, got ${fields.get('content-type')}`
  // Each part is a head, an empty line and its bytes (RFC 9110 §14.6).
  const parts = body.toString('latin1').split(`\r\n--${boundary}`)
  const heads = parts.slice(1, -1).map(part => part.slice(0, part.indexOf('\r\n\r\n')))
  const contents = parts.slice(1, -1).map(part => part.slice(part.indexOf('\r\n\r\n') + 4))
  const areRight =
    parts.at(-1) === '--\r\n' &&
    contents.length === slices.length &&
    slices.every((slice, index) => slice.toString('latin1') === contents[index]) &&
    positions.every((position, index) => heads[index]?.endsWith(`\r\nContent-Range: ${position}`))
  return areRight ? undefined : 'The parts are not the ranges'
}
