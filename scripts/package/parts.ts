import type { Architecture } from './architectures.ts'
import type { Release } from './changelog.ts'
import type { InstalledFile } from './files.ts'

/** What a package is made of, and where. */
export interface Parts {
  /** The checkout. */
  readonly root: string
  readonly release: Release
  readonly architecture: Architecture
  /** The path of the binary, which is among the files. */
  readonly binary: string
  readonly files: readonly InstalledFile[]
  /** A folder that is removed in the end. */
  readonly work: string
  /** The folder to put the package into. */
  readonly output: string
}
