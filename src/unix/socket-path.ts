import { randomUUID } from 'node:crypto'
import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { codeOf } from '../errors.ts'
import { libc } from '../libc.ts'
import { lockHolder } from './lock-holder.ts'

/** Why a socket cannot be made, in one line that says what to do. */
class SocketPathError extends Error {
  override readonly name = 'SocketPathError'
}

/** Bytes of `sun_path`, without its final NUL: unix(7). */
const LONGEST_PATH = 107
/** Milliseconds that another daemon which is just starting may hold the lock. */
const LOCK_PATIENCE = 1000
/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5
// From <asm-generic/socket.h>.
const SOL_SOCKET = 1
const SO_PEERCRED = 17

/**
 * A new name in the same folder, where a socket can be made ready before it moves to its path.
 *
 * Throws SocketPathError when a socket cannot have a name that long.
 *
 * @param chosen What an administrator chooses it by, such as `ControlSocket`; the same below.
 */
export function temporaryPath(path: string, chosen: string): string {
  const temporary = join(dirname(path), `.${randomUUID().slice(0, 8)}`)
  const length = Math.max(Buffer.byteLength(path), Buffer.byteLength(temporary))
  if (length <= LONGEST_PATH) return temporary
  throw new SocketPathError(
    `Expected a path of at most ${LONGEST_PATH} bytes, got "${path}": choose a shorter ${chosen}`,
  )
}

/** Runs an action whose new files get no more permissions than the mask leaves. */
export function withUmask<Result>(mask: number, action: () => Result): Result {
  const previous = process.umask(mask)
  try {
    return action()
  } finally {
    process.umask(previous)
  }
}

/** Makes the folder of a socket if it is missing, and throws SocketPathError when it cannot be used. */
export function prepareFolder(path: string, chosen: string): void {
  const folder = dirname(path)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 })
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    const state = FOLDER_STATES[codeOf(error)]
    if (state === undefined) throw error
    throw new SocketPathError(
      `Cannot make "${basename(path)}" in "${folder}": ${state}; ` +
        `give the folder to the user of the daemon, or choose another ${chosen}`,
      { cause: error },
    )
  }
}

const FOLDER_STATES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'read-only file system',
  ENOTDIR: 'not a folder',
  EEXIST: 'not a folder',
}

/** Which file is locked for the socket at a path. */
export function lockFile(path: string): string {
  return `${path}.lock`
}

/**
 * Locks a path against every other daemon, until disposed or until the process ends, however it ends.
 *
 * The kernel must release the lock by itself, and no other user may be able to hold it, as one could an
 * abstract socket name. Node has no flock(2); SQLite's exclusive transaction is the lock of that kind that it
 * has. The file stays empty, and stays: removing it would let two processes lock two files of the same name.
 */
export function lockPath(path: string, chosen: string): Disposable {
  const file = lockFile(path)
  try {
    using guard = new DisposableStack()
    const database = withUmask(0o177, () => new DatabaseSync(file, { timeout: LOCK_PATIENCE }))
    guard.use(database)
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return guard.move()
  } catch (error) {
    if (!isSqliteError(error)) throw error
    const reason =
      error.errcode === SQLITE_BUSY
        ? `another daemon${idOf(lockHolder(path))} has it, which is just starting or whose socket was deleted; stop it first, or choose another ${chosen}`
        : `${error.message}, remove the file or give it to the user of the daemon`
    throw new SocketPathError(`Cannot lock "${file}": ${reason}`, { cause: error })
  }
}

function idOf(pid: number | undefined): string {
  return pid === undefined ? '' : ` (pid ${pid})`
}

function isSqliteError(error: unknown): error is Error & { readonly errcode: number } {
  return error instanceof Error && codeOf(error) === 'ERR_SQLITE_ERROR' && 'errcode' in error
}

/**
 * Throws SocketPathError unless the path is free: nothing stands there, or a socket that nobody answers any
 * more.
 */
export async function checkFree(path: string, chosen: string): Promise<void> {
  const entry = lstatSync(path, { throwIfNoEntry: false })
  if (entry === undefined) return
  if (!entry.isSocket()) {
    throw new SocketPathError(
      `Expected a socket or nothing at "${path}", found something else: move it away, or choose another ${chosen}`,
    )
  }
  const { outcome, owner } = await connectOnce(path)
  switch (outcome) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return
    case 'connected':
    case 'EAGAIN':
      throw new SocketPathError(
        `Another daemon${idOf(owner ?? lockHolder(path))} answers at "${path}": stop it first, or choose another ${chosen}`,
      )
    default:
      throw new SocketPathError(
        `Cannot tell whether a daemon answers at "${path}": ${outcome}; remove it, or choose another ${chosen}`,
      )
  }
}

interface Attempt {
  /** `connected`, or the code of its error. */
  readonly outcome: string
  /** Who listens. */
  readonly owner?: number | undefined
}

/** How an attempt to connect ends. */
function connectOnce(path: string): Promise<Attempt> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.once('error', (error: NodeJS.ErrnoException) => resolve({ outcome: error.code ?? error.message }))
    socket.once('connect', () => {
      resolve({ outcome: 'connected', owner: ownerOf(socket) })
      socket.destroy()
    })
  })
}

/** The process that listens at the other end: SO_PEERCRED of unix(7); undefined where that may not be known. */
function ownerOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (libc === undefined || typeof handle !== 'object' || handle === null || !('fd' in handle))
    return undefined
  const credentials = Buffer.alloc(12)
  const length = Buffer.alloc(4)
  length.writeInt32LE(credentials.length)
  if (libc.getsockopt(Number(handle.fd), SOL_SOCKET, SO_PEERCRED, credentials, length) !== 0) return undefined
  // One of another container has a number that is none here.
  return credentials.readInt32LE(0) || undefined
}
