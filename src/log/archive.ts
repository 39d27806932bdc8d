import fs from 'node:fs'
import { rename, rm, stat, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { LogKeep } from '../config/config.ts'
import { strftime } from './strftime.ts'

interface FinishedFile {
  readonly stamp: string
  readonly number: number
  /** Its path before it was compressed. */
  readonly path: string
  readonly compressed: boolean
}

const dayOf = strftime('%Y-%m-%d')
/** What stands behind the name of the current file, without and with the hour. */
const ENDING = /^\.(\d{4}-\d\d-\d\d(?:-\d\d)?)(?:\.(\d+))?(\.gz)?$/
const DAY_LENGTH = '2026-11-21'.length

/** Files are compressed one at a time in the whole process, so that midnight costs one core at most. */
let turn: Promise<void> = Promise.resolve()

/**
 * The finished files of one log, as the folder shows them: `access.log.2026-11-21`, `.1` and so on behind it
 * for more of the same day, `.gz` once compressed. Files with other names are not touched.
 */
export class Archive {
  readonly #path: string
  readonly #keep: LogKeep
  readonly #compress: boolean
  readonly #onProblem: (message: string) => void
  readonly #closing = new AbortController()
  #tidyIsDue = false

  constructor(path: string, keep: LogKeep, compress: boolean, onProblem: (message: string) => void) {
    this.#path = path
    this.#keep = keep
    this.#compress = compress
    this.#onProblem = onProblem
  }

  /** A path for the next file with this stamp that sorts behind all there are. */
  nextPath(stamp: string): string {
    const last = this.#list().findLast(file => file.stamp === stamp)
    return `${this.#path}.${stamp}${last === undefined ? '' : `.${last.number + 1}`}`
  }

  /** Removes what is kept no longer and compresses the rest, soon and beside everything else. */
  tidy(): void {
    if (this.#tidyIsDue) return
    this.#tidyIsDue = true
    turn = turn.then(() => this.#attempt('tidy up behind', this.#path, () => this.#tidy()))
  }

  /** Stops compressing; what is half done is begun again at the next start. */
  close(): void {
    this.#closing.abort()
  }

  async #tidy(): Promise<void> {
    this.#tidyIsDue = false
    const files = this.#list()
    const surplus = files.filter((file, index) => this.#isSurplus(file, files.length - index))
    for (const { path } of surplus) await this.#attempt('remove', path, () => remove(path))
    if (!this.#compress) return

    const { signal } = this.#closing
    const plain = files.filter(file => !file.compressed && !surplus.includes(file))
    for (const { path } of plain) await this.#attempt('compress', path, () => compress(path, signal))
  }

  /** The oldest first. A file that is there twice, because compressing it was cut short, counts once. */
  #list(): FinishedFile[] {
    const files = new Map<string, FinishedFile>()
    const current = basename(this.#path)
    for (const name of fs.readdirSync(dirname(this.#path)).sort()) {
      const ending = name.startsWith(current) ? name.slice(current.length) : ''
      const [, stamp, number = '0', suffix] = ENDING.exec(ending) ?? []
      if (stamp === undefined) continue
      const path = join(dirname(this.#path), suffix === undefined ? name : name.slice(0, -suffix.length))
      if (files.has(path)) continue
      files.set(path, { stamp, number: Number(number), path, compressed: suffix !== undefined })
    }
    return [...files.values()].sort((a, b) => compareText(a.stamp, b.stamp) || a.number - b.number)
  }

  #isSurplus(file: FinishedFile, fromTheNewest: number): boolean {
    if (this.#keep.kind === 'files') return fromTheNewest > this.#keep.count
    const now = new Date()
    const oldest = new Date(now.getFullYear(), now.getMonth(), now.getDate() - this.#keep.count)
    return file.stamp.slice(0, DAY_LENGTH) < dayOf(oldest)
  }

  async #attempt(action: string, path: string, work: () => Promise<void>): Promise<void> {
    if (this.#closing.signal.aborted) return
    try {
      await work()
    } catch (error) {
      if (this.#closing.signal.aborted) return
      const reason = error instanceof Error ? error.message : String(error)
      this.#onProblem(`Cannot ${action} ${JSON.stringify(path)}: ${reason}`)
    }
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

async function remove(path: string): Promise<void> {
  for (const suffix of ['', '.gz', '.gz.tmp']) await rm(`${path}${suffix}`, { force: true })
}

/** The compressed file appears whole, with the time of the plain one, which goes only then. */
async function compress(path: string, signal: AbortSignal): Promise<void> {
  const unfinished = `${path}.gz.tmp`
  const { mode, atime, mtime } = await stat(path)
  try {
    const target = fs.createWriteStream(unfinished, { mode: mode & 0o777, flush: true })
    await pipeline(fs.createReadStream(path), createGzip(), target, { signal })
    await utimes(unfinished, atime, mtime)
    await rename(unfinished, `${path}.gz`)
  } finally {
    await rm(unfinished, { force: true })
  }
  await rm(path, { force: true })
}
