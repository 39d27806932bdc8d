import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs'
import { resolve } from 'node:path'
import { codeOf } from '../errors.ts'
import { byteString } from '../http/byte-string.ts'
import { Beneath } from './beneath.ts'
import {
  ABSENT_CODES,
  type FileIdentity,
  FORBIDDEN_CODES,
  isAt,
  isSameIdentity,
  lookUntilSettled,
  pathOf,
  systemPath,
} from './file-system.ts'
import { type MayFollow, type NameFilter, OpenFolder } from './open-folder.ts'

/** An open file; whoever gets it closes its descriptor. */
export interface OpenedFile {
  readonly kind: 'file'
  readonly descriptor: number
  readonly stats: Stats
}

/** What a path was found to be when it was opened. */
export type Opened = OpenedFile | { readonly kind: 'folder' } | Forbidden | Absent

export interface Absent {
  readonly kind: 'absent'
}

/** What is there, and is not to be sent. */
export interface Forbidden {
  readonly kind: 'forbidden'
  /**
   * Permissions deny it, it lies outside the root, a link leads to it where none is followed, or its name led elsewhere
   * each time it was looked at.
   */
  readonly why: 'closed' | 'outside' | 'linked' | 'unsettled'
}

/** Without O_NONBLOCK, opening a FIFO would wait for its writer for good. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

const ABSENT: Absent = { kind: 'absent' }
const CLOSED: Forbidden = { kind: 'forbidden', why: 'closed' }
const OUTSIDE: Forbidden = { kind: 'forbidden', why: 'outside' }
const LINKED: Forbidden = { kind: 'forbidden', why: 'linked' }
const UNSETTLED: Forbidden = { kind: 'forbidden', why: 'unsettled' }
const FOLDER: Opened = { kind: 'folder' }

/**
 * How what was opened is known to be below the root: the kernel goes no other way, or, for what it finds no such way to, the
 * place of the open file is looked up.
 */
export type Containment = 'by the kernel' | 'by its place'

/** No symbolic link is followed; or each that leads below the root, or below one of these folders, which are absolute. */
export type Links = 'none' | { readonly mayLeadTo: readonly string[] }

/** Links are followed within the root. */
export const INSIDE: Links = { mayLeadTo: [] }

/**
 * Opens what is below one folder, and nothing outside it but where links may lead: whatever links a path goes through, it is the
 * place of the file that was opened that counts. Paths are byte strings that begin with a slash.
 */
export class RootFolder implements Disposable {
  /** Absolute, as a byte string without a final slash. */
  readonly path: string
  readonly #givenPath: string
  readonly #links: Links
  readonly #beneath: Beneath | undefined
  /** Its real path, with a final slash, and after it those of the folders that links may lead to. */
  #realPaths: readonly string[]

  /** @param path Absolute. */
  constructor(path: string, links: Links, containment: Containment = 'by the kernel') {
    const absolute = byteString(resolve(path))
    this.path = absolute === '/' ? '' : absolute
    this.#givenPath = path
    this.#links = links
    this.#realPaths = this.#findRealPaths()
    this.#beneath =
      containment === 'by the kernel' ? new Beneath(path, OPEN_FLAGS, links !== 'none') : undefined
  }

  /** Lets go of the folder. What is below it is found all the same, in more time. */
  [Symbol.dispose](): void {
    this.#beneath?.[Symbol.dispose]()
  }

  open(path: string): Opened {
    return lookUntilSettled(() => this.#open(path), UNSETTLED)
  }

  /** Opens a folder to list it; the caller disposes of it. */
  openFolder(path: string, filter?: NameFilter): OpenFolder | Forbidden | Absent {
    return lookUntilSettled(() => this.#openFolder(path, filter), UNSETTLED)
  }

  /**
   * The Stats of what a path leads to, even outside; undefined when there is nothing, or nothing that may be
   * looked at.
   */
  stat(path: string): Stats | undefined {
    return this.#stat(path, statSync)
  }

  /** As {@link stat}, but undefined for a link out of the root. Links on the way are not checked. */
  look(path: string): Stats | undefined {
    const stats = this.#stat(path, lstatSync)
    if (stats?.isSymbolicLink() !== true) return stats
    return this.#leadsInside(path) ? this.stat(path) : undefined
  }

  #stat(path: string, look: typeof statSync): Stats | undefined {
    return unlessAbsent(() => look(systemPath(this.path + path), { throwIfNoEntry: false }))
  }

  #leadsInside(path: string): boolean {
    const place = unlessAbsent(() => realpathSync.native(systemPath(this.path + path), 'latin1'))
    return place !== undefined && this.#isBelow(place, path)
  }

  #open(path: string): Opened | 'moved' {
    const name = systemPath(this.path + path)
    try {
      // An exception would take far longer than undefined.
      const there = statSync(name, { throwIfNoEntry: false })
      // Anything but a file or folder is not even opened: that would wake a process waiting to write into a
      // FIFO, and may mean something to a device.
      if (there === undefined || !(there.isFile() || there.isDirectory())) return ABSENT
      return this.#openBeneath(path, there) ?? this.#openAnywhere(path, name)
    } catch (error) {
      return this.#outcomeOf(error, path)
    }
  }

  /** What the kernel finds below the root; undefined when it finds nothing, or not what the path leads to. */
  #openBeneath(path: string, there: Stats): Opened | undefined {
    const descriptor = this.#beneath?.open(path)
    if (descriptor !== undefined) {
      const opened = openedOf(descriptor, stats => (isSameIdentity(stats, there) ? undefined : 'another'))
      if (opened !== 'another') return opened
    }
    this.#beneath?.follow()
    return undefined
  }

  /** What the path leads to, if the place of that is below the root. */
  #openAnywhere(path: string, name: string | Buffer): Opened | 'moved' {
    const descriptor = openSync(name, OPEN_FLAGS)
    return openedOf(descriptor, stats => {
      if (this.#contains(descriptor, stats, path)) return undefined
      return isAt(this.path + path, stats) ? this.#elsewhere : 'moved'
    })
  }

  #openFolder(path: string, filter: NameFilter | undefined): OpenFolder | Forbidden | Absent | 'moved' {
    const fullPath = this.path + path
    const mayFollow: MayFollow = (descriptor, identity) => this.#contains(descriptor, identity, path)
    try {
      using opened = new DisposableStack()
      const folder = opened.use(
        new OpenFolder(fullPath, this.#links === 'none' ? undefined : mayFollow, filter),
      )
      if (!this.#contains(folder.descriptor, folder.version, path))
        return isAt(fullPath, folder.version) ? this.#elsewhere : 'moved'
      opened.move()
      return folder
    } catch (error) {
      if (ABSENT_CODES.has(codeOf(error))) return ABSENT
      if (FORBIDDEN_CODES.has(codeOf(error))) return CLOSED
      throw error
    }
  }

  #outcomeOf(error: unknown, path: string): Opened {
    const code = codeOf(error)
    if (ABSENT_CODES.has(code)) return ABSENT
    if (!FORBIDDEN_CODES.has(code)) throw error
    // A folder that may be entered but not listed is still a folder.
    return this.stat(path)?.isDirectory() === true ? FOLDER : CLOSED
  }

  /** Something that is not where its path says, or not below the root. */
  get #elsewhere(): Forbidden {
    return this.#links === 'none' ? LINKED : OUTSIDE
  }

  /** Whether an open file lies where it may, whatever its path may mean by now. */
  #contains(descriptor: number, identity: FileIdentity, path: string): boolean {
    const place = pathOf(descriptor, identity)
    return place !== undefined && this.#isBelow(place, path)
  }

  #isBelow(place: string, path: string): boolean {
    if (this.#mayBeAt(place, path)) return true
    // The root itself may be a link that was pointed elsewhere, as a deployment does.
    this.#realPaths = this.#findRealPaths()
    return this.#mayBeAt(place, path)
  }

  #mayBeAt(place: string, path: string): boolean {
    if (this.#links !== 'none') return this.#realPaths.some(folder => `${place}/`.startsWith(folder))
    return place === this.#realPaths[0]?.slice(0, -1) + path
  }

  #findRealPaths(): readonly string[] {
    return [this.#givenPath, ...(this.#links === 'none' ? [] : this.#links.mayLeadTo)].map(realFolder)
  }
}

/** What was opened, unless there is something against it; nothing but a file stays open. */
function openedOf<Objection>(
  descriptor: number,
  objectionTo: (stats: Stats) => Objection | undefined,
): Opened | Objection {
  let staysOpen = false
  try {
    const stats = fstatSync(descriptor)
    const objection = objectionTo(stats)
    if (objection !== undefined) return objection
    if (stats.isDirectory()) return FOLDER
    if (!stats.isFile()) return ABSENT
    staysOpen = true
    return { kind: 'file', descriptor, stats }
  } finally {
    if (!staysOpen) closeSync(descriptor)
  }
}

/** The result of a look at a path, or undefined when there is nothing, or nothing that may be looked at. */
function unlessAbsent<Seen>(look: () => Seen): Seen | undefined {
  try {
    return look()
  } catch (error) {
    if (ABSENT_CODES.has(codeOf(error)) || FORBIDDEN_CODES.has(codeOf(error))) return undefined
    throw error
  }
}

/** With a final slash; the path itself while it leads nowhere. */
function realFolder(path: string): string {
  const real = byteString(unlessAbsent(() => realpathSync(path)) ?? resolve(path))
  return real.endsWith('/') ? real : `${real}/`
}
