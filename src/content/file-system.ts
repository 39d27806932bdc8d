/** No such file, and every way in which a path can be none at all. */
export const ABSENT_CODES: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'ENXIO',
  'ENODEV',
  'EINVAL',
])
export const FORBIDDEN_CODES: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/** The code of a system error, such as `ENOENT`; empty for any other. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** A byte string as the file system takes it. */
export function systemPath(path: string): string | Buffer {
  return /^[\0-\x7f]*$/.test(path) ? path : Buffer.from(path, 'latin1')
}
