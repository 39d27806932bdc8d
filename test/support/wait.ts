import { setImmediate } from 'node:timers/promises'

/**
 * Milliseconds after which a test no longer waits for what it expects. It is there to find what hangs: on a busy machine
 * a program that lets all others go first, as `precompress` does, gets a hundredth of a processor.
 */
export const DEADLINE = 300_000
const BETWEEN_LOOKS = 5

/** The value of the promise, or a failure that says what did not come in time. */
export async function inTime<Value>(promise: Promise<Value>, what: string): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const failure = new Error(`Expected ${what} within ${DEADLINE / 1000} s`)
  const timer = setTimeout(() => reject(failure), DEADLINE)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Looks again and again until there is something to see, which it gives; undefined is nothing. */
export async function eventually<Value>(
  look: () => Value | undefined | Promise<Value | undefined>,
  what = `${look}`,
): Promise<Value> {
  const failure = new Error(`Expected ${what} within ${DEADLINE / 1000} s`)
  const end = performance.now() + DEADLINE
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (performance.now() > end) throw failure
    await new Promise(resolve => setTimeout(resolve, BETWEEN_LOOKS))
  }
}

/** Waits until a condition holds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what = `${condition}`,
): Promise<void> {
  await eventually(async () => ((await condition()) ? true : undefined), what)
}

/** Waits until an assertion holds, also while a test has its own timers; fails with it when it does not in time. */
export async function untilPasses(assertion: () => void): Promise<void> {
  const end = performance.now() + DEADLINE
  for (;;) {
    try {
      return assertion()
    } catch (error) {
      if (performance.now() > end) throw error
    }
    await setImmediate()
  }
}
