import { availableParallelism } from 'node:os'
import { machineSeconds, processorSeconds } from '../measure/processor-time.ts'
import type { LoadResult } from './load.ts'

/** Whether servers and clients have a processor each: rates then lie closer together. */
export const PINNED = availableParallelism() > 1
/** What servers and clients are run by. */
export const SERVER_PREFIX = PINNED ? ['taskset', '-c', '0'] : []
export const CLIENT_PREFIX = PINNED ? ['taskset', '-c', '1'] : []

/** Whoever asks a server for something. */
export interface Client {
  /** Resolves when measuring begins. */
  begun(): Promise<void>
  /** Resolves when it has ended. */
  result(): Promise<LoadResult>
}

/** What came of it, and what it cost. */
export interface Outcome extends LoadResult {
  /** Processor time of the server, all its processes and threads. */
  readonly serverSeconds: number
  /** What all else on the machine took meanwhile. */
  readonly otherSeconds: number
}

/** Looks at what a server takes while a client is at work. */
export async function attend(pid: number, client: Client): Promise<Outcome> {
  await client.begun()
  const begin = { server: processorSeconds(pid), machine: machineSeconds() }
  const result = await client.result()
  const serverSeconds = processorSeconds(pid) - begin.server
  const otherSeconds = machineSeconds() - begin.machine - serverSeconds - result.processorSeconds
  return { ...result, serverSeconds, otherSeconds: Math.max(0, otherSeconds) }
}
