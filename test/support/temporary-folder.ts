import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const paths = new Set<string>()
process.on('exit', () => {
  for (const path of paths) rmSync(path, { recursive: true, force: true })
})

/**
 * Removes a folder at the end of the process too, though it may be gone by then: a log that is closed after its folder was
 * removed writes its last lines still, and makes the folder again.
 */
export function removeAtExit(path: string): void {
  paths.add(path)
}

/** A folder that is gone, with all that is in it, once it is disposed of. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'webserver-'))
  removeAtExit(path)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The path of a folder that is gone when the test is over. */
export function testFolder(test: TestContext): string {
  const folder = temporaryFolder()
  test.after(() => folder[Symbol.dispose]())
  return folder.path
}
