import { readdirSync, readlinkSync } from 'node:fs'

/** Paths of the files and folders below a folder that this process has open; the folder itself may be held open a while. */
export function openFilesBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap(descriptor => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`)
      return path.startsWith(`${folder}/`) ? [path] : []
    } catch {
      // The one by which the descriptors were read is closed by now.
      return []
    }
  })
}
