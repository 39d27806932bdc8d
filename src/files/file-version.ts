import type { Stats } from 'node:fs'

/**
 * What tells one version of a file from another: no more of its Stats than that, which would take three times the
 * memory.
 */
export type FileVersion = Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs' | 'ctimeMs'>

export function versionOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): FileVersion {
  return { dev, ino, size, mtimeMs, ctimeMs }
}

/** Whether what was seen twice, if anything, is one version of one file. */
export function isSameFile(one: FileVersion | undefined, other: FileVersion | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return (
    one.ino === other.ino &&
    one.dev === other.dev &&
    one.size === other.size &&
    one.mtimeMs === other.mtimeMs &&
    one.ctimeMs === other.ctimeMs
  )
}

/** A file written within the last second may be written again without its times telling. */
export function isSettled({ mtimeMs, ctimeMs }: FileVersion, now: number): boolean {
  return now - Math.max(mtimeMs, ctimeMs) > 1000
}
