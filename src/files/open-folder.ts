import { closeSync, constants, fstatSync, lstatSync, opendirSync, openSync, type Stats } from 'node:fs'
import { codeOf } from '../errors.ts'
import { keepForClient } from './descriptors.ts'
import { DotNames } from './dot-names.ts'
import {
  ABSENT_CODES,
  type FileIdentity,
  FORBIDDEN_CODES,
  isAt,
  lookUntilSettled,
  O_PATH,
  systemPath,
} from './file-system.ts'

/** An entry of a folder that can be requested. */
export interface FolderEntry {
  /** A byte string. */
  readonly name: string
  readonly type: 'file' | 'folder'
  /** Bytes. */
  readonly size: number
  /** When it was last changed: milliseconds since the epoch. */
  readonly modified: number
}

/** Identifies the state of a folder: it changes when names are added or removed. */
export type FolderState = Pick<Stats, 'dev' | 'ino' | 'mtimeMs' | 'ctimeMs'>

/** Which names of a folder are listed; names are byte strings. */
export interface NameFilter {
  lists(name: string): boolean
}

/** Whether the file behind a symbolic link, which is open, may be shown. */
export type MayFollow = (descriptor: number, identity: FileIdentity) => boolean

/** Names that are read at a time. */
const READ_AT_ONCE = 128

/** A folder that is open while its names are read, so that they are its own whatever its path comes to mean. */
export class OpenFolder implements Disposable {
  /** Its absolute path, as a byte string. */
  readonly path: string
  readonly version: FolderState
  readonly #mayFollow: MayFollow | undefined
  readonly #filter: NameFilter
  #descriptor: number | undefined

  /**
   * @param mayFollow Without it no link is followed.
   * @throws The system's error when it cannot be opened.
   */
  constructor(path: string, mayFollow: MayFollow | undefined, filter: NameFilter = new DotNames()) {
    this.path = path
    this.#mayFollow = mayFollow
    this.#filter = filter
    this.#descriptor = keepForClient(
      openSync(systemPath(`${path}/`), constants.O_RDONLY | constants.O_DIRECTORY),
    )
    this.version = fstatSync(this.#descriptor)
  }

  get descriptor(): number {
    if (this.#descriptor === undefined) throw new Error(`"${this.path}" is closed`)
    return this.#descriptor
  }

  /**
   * Its entries in no order, one at a time; undefined for a name that is not to be shown: a hidden one, one
   * that is neither file nor folder, and a link that leads nowhere or where it must not.
   */
  *entries(): Generator<FolderEntry | undefined> {
    const prefix = `/proc/self/fd/${this.descriptor}/`
    using names = opendirSync(prefix, { encoding: 'latin1', bufferSize: READ_AT_ONCE })
    for (let found = names.readSync(); found !== null; found = names.readSync()) {
      yield this.#filter.lists(found.name) ? this.#look(prefix, found.name) : undefined
    }
  }

  [Symbol.dispose](): void {
    if (this.#descriptor === undefined) return
    closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  /** Files may come and go while their folder is read. */
  #look(prefix: string, name: string): FolderEntry | undefined {
    const path = prefix + name
    try {
      const stats = lstatSync(systemPath(path), { throwIfNoEntry: false })
      if (stats === undefined) return undefined
      return entryOf(name, stats.isSymbolicLink() ? this.#follow(path) : stats)
    } catch (error) {
      if (ABSENT_CODES.has(codeOf(error)) || FORBIDDEN_CODES.has(codeOf(error))) return undefined
      throw error
    }
  }

  #follow(path: string): Stats | undefined {
    const mayFollow = this.#mayFollow
    if (mayFollow === undefined) return undefined
    return lookUntilSettled(() => {
      const descriptor = openSync(systemPath(path), O_PATH)
      try {
        const stats = fstatSync(descriptor)
        if (mayFollow(descriptor, stats)) return stats
        return isAt(path, stats) ? undefined : 'moved'
      } finally {
        closeSync(descriptor)
      }
    }, undefined)
  }
}

function entryOf(name: string, stats: Stats | undefined): FolderEntry | undefined {
  if (stats === undefined || !(stats.isFile() || stats.isDirectory())) return undefined
  return {
    name,
    type: stats.isFile() ? 'file' : 'folder',
    size: stats.size,
    modified: stats.mtimeMs,
  }
}
