import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { endedChildrenSeconds } from '../measure/processor-time.ts'

/** What a program has printed, and what it took. */
export interface Timed {
  readonly stdout: string
  /** From its start to its end. */
  readonly seconds: number
  /** Of a processor. */
  readonly processorSeconds: number
}

/** Runs a client that somebody else has written to its end; no other child of this process may end meanwhile. */
export async function timed([program = '', ...args]: readonly string[]): Promise<Timed> {
  const begin = { seconds: performance.now() / 1000, processorSeconds: endedChildrenSeconds() }
  const { stdout } = await promisify(execFile)(program, args)
  return {
    stdout,
    seconds: performance.now() / 1000 - begin.seconds,
    processorSeconds: endedChildrenSeconds() - begin.processorSeconds,
  }
}
