import {
  chmodSync,
  copyFileSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** A file to install, by its path from the root of the system, without the first slash. */
export type InstalledFile = { readonly path: string } & (
  | { readonly content: string | Buffer; readonly mode?: 0o755 }
  | { readonly copyOf: string; readonly mode?: 0o755 }
  | { readonly linkTo: string }
)

/** Writes files below a folder; they are readable for all, and belong to who runs this. */
export function writeFiles(files: readonly InstalledFile[], folder: string): void {
  for (const file of files) {
    const path = join(folder, file.path)
    mkdirSync(dirname(path), { recursive: true })
    if ('linkTo' in file) symlinkSync(file.linkTo, path)
    else {
      if ('content' in file) writeFileSync(path, file.content)
      else copyFileSync(file.copyOf, path)
      chmodSync(path, file.mode ?? 0o644)
    }
  }
}

/** Gives a folder and all in it one time, and modes that do not depend on the umask. */
export function settle(folder: string, time: Date): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) settle(path, time)
    else lutimesSync(path, time, time)
  }
  chmodSync(folder, 0o755)
  lutimesSync(folder, time, time)
}
