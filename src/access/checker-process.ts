/**
 * The process that compares passwords with their hashes, for the server that has started it: it says that it is ready, then a
 * line of JSON comes in, the finding goes out, one after another. It ends with its standard input.
 */
import { constants, setPriority } from 'node:os'
import { createInterface } from 'node:readline'
import { libc } from '../libc.ts'
import { READY } from './checker-name.ts'
import { verifyPassword } from './verify-password.ts'

/** What is asked in a line. */
export interface Question {
  /** In base64. */
  readonly password: string
  readonly hash: string
}

/** Of prctl(2): the signal that this process gets when its parent has ended, however that came. */
const PR_SET_PDEATHSIG = 1

async function main(): Promise<void> {
  // Ctrl-C reaches all processes of a terminal: the server decides when this one ends.
  process.on('SIGINT', () => {})
  process.title = 'webserver: passwords'
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // A sandbox may forbid even this; then the scheduler alone is fair.
  }
  // In the middle of a check it would not see the end of its standard input for as long as that takes, which can be days.
  libc?.prctl(PR_SET_PDEATHSIG, BigInt(constants.signals.SIGKILL), 0n, 0n, 0n)
  process.stdout.write(`${READY}\n`)
  for await (const line of createInterface({ input: process.stdin })) {
    const { password, hash }: Question = JSON.parse(line)
    process.stdout.write(`${verifyPassword(Buffer.from(password, 'base64'), hash)}\n`)
  }
}

main()
