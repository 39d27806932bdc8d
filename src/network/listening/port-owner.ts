import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { codeOf } from '../../errors.ts'

/** In /proc/net/tcp, the state of a socket that listens: proc(5). */
const LISTEN = '0A'

/**
 * The process that listens on a TCP port, so far as this process may know: it sees its own user's
 * processes, and root sees all.
 */
export function processListeningOn(
  port: number,
): { readonly pid: number; readonly name: string } | undefined {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap(table => listeningSockets(table, port)))
  if (sockets.size === 0) return undefined
  // This process may itself listen on another address of the port, which is not in the way.
  const isThis = (pid: string) => Number(pid) === process.pid
  const pids = list('/proc').filter(name => /^\d+$/.test(name))
  for (const pid of pids.toSorted((one, other) => Number(isThis(one)) - Number(isThis(other)))) {
    const holds = list(`/proc/${pid}/fd`).some(fd =>
      sockets.has(unlessGone(() => readlinkSync(`/proc/${pid}/fd/${fd}`))),
    )
    if (holds)
      return { pid: Number(pid), name: unlessGone(() => readFileSync(`/proc/${pid}/comm`, 'utf8')).trim() }
  }
  return undefined
}

/** As links under /proc/PID/fd name them: `socket:[inode]`. */
function listeningSockets(table: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  return unlessGone(() => readFileSync(table, 'utf8'))
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN && local?.endsWith(`:${hexPort}`))
    .map(columns => `socket:[${columns[9]}]`)
}

function list(folder: string): string[] {
  return unlessGone(() => readdirSync(folder).join('\n'))
    .split('\n')
    .filter(name => name !== '')
}

/** A process may end while it is looked at, or belong to somebody else. */
function unlessGone(read: () => string): string {
  try {
    return read()
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return ''
    throw error
  }
}
