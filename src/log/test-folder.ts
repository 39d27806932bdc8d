import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A folder of its own for a test, gone when the test is over. */
export function testFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'webserver-log-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The names in a folder, hidden ones too, sorted. */
export function namesIn(folder: string): string[] {
  return readdirSync(folder).sort()
}
