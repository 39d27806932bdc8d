import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { codeOf } from '../../errors.ts'

/** In /proc/net/tcp, the state of a socket that listens: proc(5). */
const LISTEN = '0A'

/**
 * The process that listens on a TCP port, so far as this process may know: it sees its own user's
 * processes, and root sees all. It is this process itself only where no other listens there.
 */
export function processListeningOn(
  port: number,
): { readonly pid: number; readonly name: string } | undefined {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap(table => listeningSockets(table, port)))
  if (sockets.size === 0) return undefined
  const own = socketsOf(process.pid)
  const others = sockets.difference(own)
  if (others.size === 0) return { pid: process.pid, name: nameOf(process.pid) }
  for (const name of list('/proc').filter(entry => /^\d+$/.test(entry))) {
    const pid = Number(name)
    if (pid !== process.pid && !socketsOf(pid).isDisjointFrom(others)) return { pid, name: nameOf(pid) }
  }
  return undefined
}

/** What its descriptors are links to, sockets among them. */
function socketsOf(pid: number): Set<string> {
  const folder = `/proc/${pid}/fd`
  return new Set(list(folder).map(fd => unlessGone(() => readlinkSync(`${folder}/${fd}`))))
}

function nameOf(pid: number): string {
  return unlessGone(() => readFileSync(`/proc/${pid}/comm`, 'utf8')).trim()
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
