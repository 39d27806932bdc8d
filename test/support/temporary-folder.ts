import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A folder that is gone, with all that is in it, once it is disposed of. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'webserver-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The path of a folder that is gone when the test is over. */
export function testFolder(test: TestContext): string {
  const folder = temporaryFolder()
  test.after(() => folder[Symbol.dispose]())
  return folder.path
}
