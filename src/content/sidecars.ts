import type { Stats } from 'node:fs'
import { CONTENT_CODINGS, type ContentCoding } from '../http/encoding.ts'
import type { Variant } from './kept-file.ts'
import type { RootFolder } from './root-folder.ts'

/** What is appended to a file's name to name its encoded form. */
export const SIDECAR_EXTENSIONS: Readonly<Record<ContentCoding, string>> = {
  br: '.br',
  zstd: '.zst',
  gzip: '.gz',
}

/** What stands where the sidecars of a file would be, in the order of {@link CONTENT_CODINGS}. */
export function lookForSidecars(folder: RootFolder, path: string): readonly (Stats | undefined)[] {
  return CONTENT_CODINGS.map(coding => folder.stat(path + SIDECAR_EXTENSIONS[coding]))
}

/** Those that may stand for the file. */
export function usableVariants(sidecars: readonly (Stats | undefined)[], file: Stats): readonly Variant[] {
  return CONTENT_CODINGS.flatMap((coding, index) => {
    const sidecar = sidecars[index]
    if (sidecar === undefined || !isUsable(sidecar, file)) return []
    return [{ coding, size: sidecar.size, file: undefined }]
  })
}

/** Whether a sidecar may stand for its file: it is a file too, smaller, and not made of an older version. */
export function isUsable(sidecar: Stats, file: Stats): boolean {
  return sidecar.isFile() && sidecar.size < file.size && sidecar.mtimeMs >= file.mtimeMs
}
