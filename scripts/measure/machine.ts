import { cpus, release } from 'node:os'

/** What was measured on. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly kernel: string
}

export function thisMachine(): Machine {
  return { processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length, kernel: release() }
}
