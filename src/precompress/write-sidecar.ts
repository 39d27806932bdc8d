import { createReadStream, type Stats } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { isWorthwhile, LEAST_COMPRESSED } from '../content/compressible.ts'
import { createEncoder } from '../content/encoder.ts'
import { systemPath } from '../content/file-system.ts'
import type { RootFolder } from '../content/root-folder.ts'
import { SIDECAR_EXTENSIONS } from '../content/sidecars.ts'
import type { ContentCoding } from '../http/encoding.ts'

/** An open file that is to get a sidecar. */
export interface Source {
  /** Below the folder, as a byte string that begins with a slash. */
  readonly path: string
  readonly descriptor: number
  readonly stats: Stats
}

export interface Effects {
  /** Ends the writing, with nothing left of it. */
  readonly signal: AbortSignal
  /** Is told how many more bytes of the file have been read. */
  advance(bytes: number): void
}

/** Temporary files are hidden ones, which nobody is served; each has a number of its own. */
let lastTemporary = 0

/**
 * Encodes a file into its sidecar, which appears whole or not at all, with the mode, owner and time of the file.
 * Where there is nothing to gain it leaves none, not even an old one.
 *
 * @returns The bytes of the sidecar, or undefined when there is none.
 */
export async function writeSidecar(
  folder: RootFolder,
  source: Source,
  coding: ContentCoding,
  effects: Effects,
): Promise<number | undefined> {
  const sidecar = systemPath(folder.path + source.path + SIDECAR_EXTENSIONS[coding])
  const within = folder.path + source.path.slice(0, source.path.lastIndexOf('/') + 1)
  const temporary = systemPath(`${within}.precompress-${process.pid}-${++lastTemporary}`)
  try {
    if (source.stats.size >= LEAST_COMPRESSED) {
      const size = await writeEncoded(temporary, source, coding, effects)
      if (isWorthwhile(source.stats.size, size)) {
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

async function writeEncoded(
  path: string | Buffer,
  { descriptor, stats }: Source,
  coding: ContentCoding,
  { signal, advance }: Effects,
): Promise<number> {
  await using target = await open(path, 'wx', 0o600)
  await pipeline(
    createReadStream('', { fd: descriptor, autoClose: false, start: 0, end: stats.size - 1 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        yield chunk
        advance(chunk.length)
      }
    },
    createEncoder(coding, 'best', stats.size),
    target.createWriteStream({ autoClose: false }),
    { signal },
  )
  await likenTo(target, stats)
  await target.sync()
  return (await target.stat()).size
}

/**
 * The time of the file, not of now: should the file change while it is read, the sidecar is older than it, and
 * ignored. Times lose their last digits on their way through a number of seconds, hence a little is added.
 */
async function likenTo(target: FileHandle, { mode, uid, gid, atimeMs, mtimeMs }: Stats): Promise<void> {
  if (process.geteuid?.() === 0) await target.chown(uid, gid)
  await target.chmod(mode & 0o777)
  await target.utimes(atimeMs / 1000, (Math.floor(mtimeMs) + 2) / 1000)
}
