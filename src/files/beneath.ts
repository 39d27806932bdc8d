import { closeSync, fstatSync, openSync, statSync } from 'node:fs'
import { libc } from '../libc.ts'
import { isSameIdentity, O_PATH } from './file-system.ts'

/** The call that no function of the C library makes; it has this number on all architectures. */
const OPENAT2 = 437n

// From <linux/openat2.h>.
const RESOLVE_NO_MAGICLINKS = 0x02n
const RESOLVE_NO_SYMLINKS = 0x04n
const RESOLVE_BENEATH = 0x08n

/** From <limits.h>, the final NUL included. */
const PATH_MAX = 4096
const HERE = '.'

const O_CLOEXEC = 0o2000000

/** When nothing was looked up for so many milliseconds the folder is let go of, so that its disk can be unmounted. */
const REST = 1000

/** The path that is asked for; calls are synchronous, so one will do. */
const pathBytes = Buffer.alloc(PATH_MAX)

/**
 * Opens what lies below one folder and nothing else, as the kernel itself decides while it goes along the path:
 * openat2(2). It finds less than there is: where a link is absolute or leaves the folder, though it comes back, nothing
 * is found.
 */
export class Beneath implements Disposable {
  readonly #folder: string
  readonly #how: Buffer
  #isUsable = libc !== undefined
  /** Of the folder; undefined while nobody asks, or it cannot be opened. */
  #descriptor: number | undefined
  #wasAsked = false
  #watch: NodeJS.Timeout | undefined

  /**
   * @param folder Absolute; it is held open while it is asked for.
   * @param flags As for open(2).
   */
  constructor(folder: string, flags: number, followSymLinks: boolean) {
    this.#folder = folder
    const links = followSymLinks ? RESOLVE_NO_MAGICLINKS : RESOLVE_NO_SYMLINKS
    this.#how = openHow(BigInt(flags | O_CLOEXEC), RESOLVE_BENEATH | links)
    this.follow()
  }

  /**
   * A descriptor of what lies at a path; undefined when nothing is found, whatever the reason.
   *
   * @param path A byte string that begins with a slash, or is empty; without NUL.
   */
  open(path: string): number | undefined {
    this.#wasAsked = true
    if (this.#descriptor === undefined) this.follow()
    if (this.#descriptor === undefined || path.length >= PATH_MAX) return undefined
    const length = pathBytes.write(path.length > 1 ? path.slice(1) : HERE, 'latin1')
    pathBytes[length] = 0
    const size = BigInt(this.#how.length)
    const descriptor = Number(libc?.syscall(OPENAT2, this.#descriptor, pathBytes, this.#how, size) ?? -1)
    return descriptor < 0 ? undefined : descriptor
  }

  /** Makes sure that it is the folder's path that counts: another may have taken its place, or a link was turned. */
  follow(): void {
    if (!this.#isUsable) return
    const there = statSync(this.#folder, { throwIfNoEntry: false })
    const held = this.#descriptor === undefined ? undefined : fstatSync(this.#descriptor)
    if (there !== undefined && held !== undefined && isSameIdentity(there, held)) return
    this.#close()
    if (there?.isDirectory() !== true) return
    this.#descriptor = openSync(this.#folder, O_PATH)
    this.#watch = setInterval(() => this.#rest(), REST).unref()
  }

  /** Lets go of the folder; nothing is found from now on. */
  [Symbol.dispose](): void {
    this.#isUsable = false
    this.#close()
  }

  #rest(): void {
    if (!this.#wasAsked) this.#close()
    this.#wasAsked = false
  }

  #close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
    clearInterval(this.#watch)
  }
}

/** struct open_how, without a mode: nothing is made. */
function openHow(flags: bigint, resolve: bigint): Buffer {
  return Buffer.from(new BigUint64Array([flags, 0n, resolve]).buffer)
}
