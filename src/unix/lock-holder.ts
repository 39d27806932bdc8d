import { readFileSync, statSync } from 'node:fs'
import { codeOf } from '../errors.ts'

/**
 * The process that has locked a path, as a daemon does its control socket for as long as it lives; undefined when there
 * is none, or it may not be known. Everybody may read who holds which lock: proc(5).
 *
 * @param path That of the socket.
 */
export function lockHolder(path: string): number | undefined {
  try {
    const { dev, ino } = statSync(`${path}.lock`)
    const file = `${hex((dev >> 8) & 0xfff)}:${hex((dev & 0xff) | ((dev >> 12) & 0xfff00))}:${ino}`
    const locks = readFileSync('/proc/locks', 'latin1').split('\n')
    const columns = locks.map(line => line.trim().split(/\s+/)).find(line => line[5] === file)
    const pid = Number(columns?.[4])
    // One of another container has a number that is none here.
    return pid > 0 ? pid : undefined
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG'].includes(codeOf(error))) return undefined
    throw error
  }
}

/** As the kernel writes the numbers of a device. */
function hex(number: number): string {
  return number.toString(16).padStart(2, '0')
}
