import { createWriteStream, type Stats } from 'node:fs'
import { chmod, chown, rename, rm, stat, utimes } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { isWorthwhile, LEAST_COMPRESSED } from '../encoding/compressible.ts'
import { createEncoder } from '../encoding/encoder.ts'
import { systemPath } from '../files/file-system.ts'
import { readFully } from '../files/found-file.ts'
import { noteSource } from '../files/sidecar-source.ts'
import { SIDECAR_EXTENSIONS } from '../files/sidecars.ts'
import type { ContentCoding } from '../http/encoding.ts'

/** An open file that gets a sidecar. */
export interface Source {
  /** Absolute, as a byte string. */
  readonly path: string
  readonly descriptor: number
  readonly stats: Stats
}

export interface Effects {
  /** Ends the writing, and removes what was written. */
  readonly signal: AbortSignal
  /** Counts bytes of the file that were read. */
  advance(bytes: number): void
}

/** Bytes read at a time. */
const SLICE = 64 * 1024

/** Numbers temporary files, so that each has a name of its own. */
let temporaries = 0

/**
 * Encodes a file into its sidecar, which appears whole or not at all, with the mode, owner and time of the file.
 * Where there is nothing to gain it leaves none, not even an old one.
 *
 * @returns The bytes of the sidecar, or undefined when there is none.
 */
export async function writeSidecar(
  source: Source,
  coding: ContentCoding,
  effects: Effects,
): Promise<number | undefined> {
  const { path, stats } = source
  const sidecar = systemPath(path + SIDECAR_EXTENSIONS[coding])
  // Hidden, so that nobody is served it.
  const name = `.precompress-${process.pid}-${++temporaries}`
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const temporary = systemPath(folder + name)
  try {
    if (stats.size >= LEAST_COMPRESSED) {
      await encodeFile(source, coding, temporary, effects)
      const { size } = await stat(temporary)
      if (isWorthwhile(stats.size, size)) {
        await liken(temporary, stats)
        noteSource(folder + name, stats)
        await rename(temporary, sidecar)
        return size
      }
    }
    await rm(sidecar, { force: true })
    return undefined
  } finally {
    await rm(temporary, { force: true })
  }
}

/** What is written is on the disk, not only on its way there, when this resolves. */
function encodeFile(
  source: Source,
  coding: ContentCoding,
  target: string | Buffer,
  { signal, advance }: Effects,
): Promise<void> {
  return pipeline(
    slicesOf(source, advance),
    createEncoder(coding, 'best', source.stats.size),
    createWriteStream(target, { flags: 'wx', mode: 0o600, flush: true }),
    { signal },
  )
}

function* slicesOf({ descriptor, stats }: Source, advance: Effects['advance']): Generator<Buffer> {
  for (let position = 0; position < stats.size; position += SLICE) {
    const slice = Buffer.allocUnsafe(Math.min(SLICE, stats.size - position))
    yield slice.subarray(0, readFully(descriptor, slice, 0, slice.length, position))
    advance(slice.length)
  }
}

/**
 * It gets the time of the file, not the present one: should the file change while it is read, the sidecar is the
 * older one, and is ignored. Times lose their last digits on their way through a number of seconds, so a little
 * is added.
 */
async function liken(target: string | Buffer, { mode, uid, gid, atimeMs, mtimeMs }: Stats): Promise<void> {
  if (process.geteuid?.() === 0) await chown(target, uid, gid)
  await chmod(target, mode & 0o777)
  await utimes(target, atimeMs / 1000, (Math.floor(mtimeMs) + 2) / 1000)
}
