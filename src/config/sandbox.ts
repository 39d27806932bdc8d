import { readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { codeOf } from '../errors.ts'

/** A line of /proc/self/mountinfo: proc(5). */
interface Mount {
  /** What of its file system is mounted there. */
  readonly root: string
  readonly point: string
  readonly isReadOnly: boolean
  /** Whether nobody could write to its file system. */
  readonly isFileSystemReadOnly: boolean
}

/**
 * What the sandbox of a service of systemd has to do with an error, and the lines that let it be; undefined when it has
 * nothing to do with it.
 *
 * @param folder The nearest folder that exists.
 * @param code Of the system's error.
 * @param mountinfo The mounts that this process sees, as the kernel lists them.
 */
export function sandboxAdvice(
  folder: string,
  code: string,
  writes: boolean,
  mountinfo = readMounts(),
): string | undefined {
  const mount = mountOf(folder, mountinfo)
  if (mount === undefined) return undefined
  const writable = writes ? [`ReadWritePaths=${folder}`] : []
  if (mount.root.endsWith('/inaccessible/dir')) {
    const isHome = ['/home', '/root', '/run/user'].includes(mount.point)
    return isHome
      ? advice('ProtectHome=yes', 'ProtectHome=read-only', ...writable)
      : advice('InaccessiblePaths=', 'InaccessiblePaths=', ...writable)
  }
  if (mount.root.includes('/systemd-private-') && code === 'ENOENT')
    return advice('PrivateTmp=yes', 'PrivateTmp=no')
  if (code === 'EROFS' && mount.isReadOnly && !mount.isFileSystemReadOnly)
    return advice('ProtectSystem=strict', ...writable)
  return undefined
}

function advice(cause: string, ...lines: readonly string[]): string {
  const service = ['[Service]', ...lines].map(line => JSON.stringify(line)).join(' and ')
  return `${cause} of the service keeps it away: write ${service} with "systemctl edit webserver", or name another`
}

/** The innermost mount that holds a path: of several at one place the last. */
function mountOf(path: string, mountinfo: string): Mount | undefined {
  const mounts = mountinfo.split('\n').flatMap(line => parseMount(line) ?? [])
  const holding = mounts.filter(
    ({ point }) => path === point || path.startsWith(point.endsWith(sep) ? point : point + sep),
  )
  const depth = Math.max(...holding.map(({ point }) => point.length))
  return holding.findLast(({ point }) => point.length === depth)
}

function parseMount(line: string): Mount | undefined {
  const [mount = '', fileSystem = ''] = line.split(' - ')
  const [, , , root, point, options] = mount.split(' ')
  if (root === undefined || point === undefined || options === undefined) return undefined
  const isReadOnly = (list: string | undefined) => list?.split(',').includes('ro') === true
  return {
    root: withoutEscapes(root),
    point: withoutEscapes(point),
    isReadOnly: isReadOnly(options),
    isFileSystemReadOnly: isReadOnly(fileSystem.split(' ')[2]),
  }
}

/** Blanks and backslashes stand there as octal numbers. */
function withoutEscapes(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
}

function readMounts(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8')
  } catch (error) {
    if (codeOf(error) === '') throw error
    return ''
  }
}
