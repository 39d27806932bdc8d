import { reasonOf } from './errors.ts'

const FAILED = 1

let failure: NodeJS.ErrnoException | undefined

// A full disk or a reader that has gone must not end the program where it is: what is at work is finished first.
process.stdout.on('error', error => {
  failure ??= error
})
process.stderr.on('error', () => {
  // There is nobody left to tell.
})

/**
 * The exit code of a program that has printed: 1 in place of 0, with a message, when standard output has not taken all of
 * it.
 */
export async function exitCodeAfterPrinting(exitCode: number): Promise<number> {
  await new Promise<unknown>(resolve => process.stdout.write('', resolve))
  if (failure === undefined) return exitCode
  process.stderr.write(`Cannot write to standard output: ${reasonOf(failure)}\n`)
  return exitCode === 0 ? FAILED : exitCode
}
