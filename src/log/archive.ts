import fs from 'node:fs'
import { opendir, rename, rm, stat, utimes } from 'node:fs/promises'
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
const ENDING = /^\.(\d{4}-\d\d-\d\d(?:-\d\d)?)(?:\.(\d{1,9}))?(\.gz)?$/
const DAY_LENGTH = '2026-11-21'.length

/** Names that are read from the folder at a time, between which the event loop goes on. */
const NAMES_AT_ONCE = 128

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
  /** The last number of each stamp that was found in the folder; undefined until that was read for the first time. */
  #lastNumbers: ReadonlyMap<string, number> | undefined
  /** The path that was given last, which may not be in the folder yet. */
  #given: { readonly stamp: string; readonly number: number } | undefined
  #tidyIsDue = false

  constructor(path: string, keep: LogKeep, compress: boolean, onProblem: (message: string) => void) {
    this.#path = path
    this.#keep = keep
    this.#compress = compress
    this.#onProblem = onProblem
    // tidy() reports a folder that cannot be read.
    this.#list().catch(() => {})
  }

  /**
   * A path for the next file with this stamp that sorts behind all others.
   *
   * The folder may hold any number of other files, so it is not read while everybody waits, except for a file
   * that is finished at the very start.
   */
  nextPath(stamp: string): string {
    this.#lastNumbers ??= lastNumbersOf(this.#finishedAmong(fs.readdirSync(dirname(this.#path))))
    const given = this.#given?.stamp === stamp ? this.#given.number : -1
    let number = Math.max(this.#lastNumbers.get(stamp) ?? -1, given) + 1
    // Somebody else may have put files there meanwhile.
    while (isTaken(this.#pathOf(stamp, number))) number++
    this.#given = { stamp, number }
    return this.#pathOf(stamp, number)
  }

  /** Removes files beyond LogKeep and compresses the rest, beside everything else. */
  tidy(): void {
    if (this.#tidyIsDue) return
    this.#tidyIsDue = true
    turn = turn.then(() => this.#attempt('tidy up behind', this.#path, () => this.#tidy()))
  }

  /** Stops compressing; a file that is half done is compressed again after the next start. */
  close(): void {
    this.#closing.abort()
  }

  async #tidy(): Promise<void> {
    this.#tidyIsDue = false
    const files = await this.#list()
    const isSurplus = this.#surplusAmong(files)
    for (const { path } of files.filter(isSurplus)) await this.#attempt('remove', path, () => remove(path))
    if (!this.#compress) return

    const { signal } = this.#closing
    const plain = files.filter((file, index) => !file.compressed && !isSurplus(file, index))
    for (const { path } of plain) await this.#attempt('compress', path, () => compress(path, signal))
  }

  /** The oldest first. */
  async #list(): Promise<FinishedFile[]> {
    const names: string[] = []
    for await (const { name } of await opendir(dirname(this.#path), { bufferSize: NAMES_AT_ONCE })) {
      if (this.#endingOf(name) !== null) names.push(name)
    }
    const files = this.#finishedAmong(names)
    this.#lastNumbers = lastNumbersOf(files)
    return files
  }

  /** The oldest first. A file that is there twice, because compressing it was cut short, counts once. */
  #finishedAmong(names: readonly string[]): FinishedFile[] {
    const files = new Map<string, FinishedFile>()
    for (const name of names.toSorted()) {
      const [, stamp, number = '0', suffix] = this.#endingOf(name) ?? []
      if (stamp === undefined) continue
      const path = join(dirname(this.#path), suffix === undefined ? name : name.slice(0, -suffix.length))
      if (files.has(path)) continue
      files.set(path, { stamp, number: Number(number), path, compressed: suffix !== undefined })
    }
    return [...files.values()].sort((a, b) => compareText(a.stamp, b.stamp) || a.number - b.number)
  }

  /** Null unless it is the name of one of ours. */
  #endingOf(name: string): RegExpExecArray | null {
    const current = basename(this.#path)
    return name.startsWith(current) ? ENDING.exec(name.slice(current.length)) : null
  }

  #pathOf(stamp: string, number: number): string {
    return `${this.#path}.${stamp}${number === 0 ? '' : `.${number}`}`
  }

  /** A filter for the files beyond LogKeep, of all files with the oldest first. */
  #surplusAmong({ length }: readonly FinishedFile[]): (file: FinishedFile, index: number) => boolean {
    const { kind, count } = this.#keep
    if (kind === 'files') return (_file, index) => length - index > count
    const now = new Date()
    const oldest = dayOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - count))
    return ({ stamp }) => stamp.slice(0, DAY_LENGTH) < oldest
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

function lastNumbersOf(files: readonly FinishedFile[]): ReadonlyMap<string, number> {
  return new Map(files.map(({ stamp, number }) => [stamp, number]))
}

/** Compressed or not. */
function isTaken(path: string): boolean {
  return ['', '.gz'].some(suffix => fs.lstatSync(`${path}${suffix}`, { throwIfNoEntry: false }) !== undefined)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

async function remove(path: string): Promise<void> {
  for (const suffix of ['', '.gz', '.gz.tmp']) await rm(`${path}${suffix}`, { force: true })
}

/** Compresses one file. The result appears whole and with the same time, and only then the plain file goes. */
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
