import { machineSeconds, processorSeconds } from '../measure/processor-time.ts'
import type { Client, LoadResult } from './client.ts'

/** Where servers and clients run: what each is run by. */
export interface Placement {
  readonly server: readonly string[]
  readonly client: readonly string[]
}

/** A server is held to one processor, as much as ours can use, and its clients take nothing of it. */
export const APART: Placement = { server: ['taskset', '-c', '0'], client: ['taskset', '-c', '1'] }
/** Wherever there is room: on a machine that is busy, nobody has to share with strangers while others rest. */
export const ANYWHERE: Placement = { server: [], client: [] }

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
