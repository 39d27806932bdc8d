import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** For tests: a folder that is gone, with all that is in it, once it is disposed of. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'webserver-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
