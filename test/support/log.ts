import { readdirSync } from 'node:fs'
import type { TestContext } from 'node:test'

/** The names in a folder, hidden ones too, sorted. */
export function namesIn(folder: string): string[] {
  return readdirSync(folder).sort()
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
