import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const DEADLINE = 20_000

/** For tests: a folder that is gone, with all that is in it, once it is disposed of. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'webserver-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

/** For tests: looks again and again until there is something to see, which it gives; undefined is nothing. */
export async function eventually<Value>(look: () => Value | undefined): Promise<Value> {
  const end = performance.now() + DEADLINE
  for (;;) {
    const seen = look()
    if (seen !== undefined) return seen
    if (performance.now() > end) throw new Error(`Expected it within ${DEADLINE / 1000} s: ${look}`)
    await sleep(5)
  }
}

/** For tests: waits until a condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  await eventually(() => (condition() ? true : undefined))
}
