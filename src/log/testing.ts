import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'

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

/** Waits until an assertion holds; fails with it when it does not within twenty seconds. */
export async function until(assertion: () => void): Promise<void> {
  const deadline = performance.now() + 20_000
  for (;;) {
    try {
      assertion()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await setImmediate()
  }
}

/** Puts this process into another time zone until the test is over. */
export function inZone(test: TestContext, zone: string): void {
  const before = process.env['TZ']
  process.env['TZ'] = zone
  test.after(() => {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  })
}
