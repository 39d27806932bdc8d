import type { Transform } from 'node:stream'
import { constants, createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib'
import type { ContentCoding } from '../http/encoding.ts'

/**
 * How much work may go into an encoding: `quick` gets most of the gain at tens of MB a second, `best` the last
 * of it at about one.
 */
export type Effort = 'quick' | 'best'

/** Levels by coding. RFC 9659 holds zstd to windows of 8 MiB, which its levels above 19 exceed. */
const LEVELS: Readonly<Record<ContentCoding, Readonly<Record<Effort, number>>>> = {
  br: { quick: 6, best: 11 },
  zstd: { quick: 9, best: 19 },
  gzip: { quick: 6, best: 9 },
}

/**
 * A stream that encodes what is written to it, on a thread of Node's pool.
 *
 * @param size How many bytes there will be.
 */
export function createEncoder(coding: ContentCoding, effort: Effort, size: number): Transform {
  const level = LEVELS[coding][effort]
  switch (coding) {
    case 'br':
      return createBrotliCompress({
        params: { [constants.BROTLI_PARAM_QUALITY]: level, [constants.BROTLI_PARAM_SIZE_HINT]: size },
      })
    case 'zstd':
      return createZstdCompress({
        params: { [constants.ZSTD_c_compressionLevel]: level },
        pledgedSrcSize: size,
      })
    case 'gzip':
      return createGzip({ level })
    default:
      return coding satisfies never
  }
}
