import type { Stats } from 'node:fs'

/** The part of a file's Stats that identifies its version; all of them would take several times the memory. */
export type FileVersion = Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs' | 'ctimeMs'>

export function versionOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): FileVersion {
  return { dev, ino, size, mtimeMs, ctimeMs }
}

/** Whether two sightings, if there was anything to see, are of one version of one file. */
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

/** Whether the times of a file would tell of another change: within a second of the last one they may not. */
export function isSettled({ mtimeMs, ctimeMs }: FileVersion, now: number): boolean {
  return now - Math.max(mtimeMs, ctimeMs) > 1000
}
