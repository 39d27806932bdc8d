import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../support/wait.ts'

interface Hierarchy {
  readonly root: string
  readonly limit: string
  /** File and pattern that tell how often there was no room, and something had to be given up for what was wanted. */
  readonly refusals: readonly [file: string, pattern: RegExp]
  readonly kills: readonly [file: string, pattern: RegExp]
}

const MEMORY_ALONE: Hierarchy = {
  root: '/sys/fs/cgroup/memory',
  limit: 'memory.limit_in_bytes',
  refusals: ['memory.failcnt', /^(\d+)$/m],
  kills: ['memory.oom_control', /^oom_kill (\d+)$/m],
}
const ALL_IN_ONE: Hierarchy = {
  root: '/sys/fs/cgroup',
  limit: 'memory.max',
  refusals: ['memory.events', /^max (\d+)$/m],
  kills: ['memory.events', /^oom_kill (\d+)$/m],
}
const HIERARCHY = existsSync(join(MEMORY_ALONE.root, 'cgroup.procs')) ? MEMORY_ALONE : ALL_IN_ONE

/** A control group that has so much memory, as systemd makes one for `MemoryMax=`; only root can. */
export class MemoryGroup implements AsyncDisposable {
  readonly path = join(HIERARCHY.root, `webserver-test-memory-${process.pid}`)

  /** @param bytes Pages of files that were read, and what the kernel holds for the processes, are of them too. */
  constructor(bytes: number) {
    mkdirSync(this.path)
    writeFileSync(join(this.path, HIERARCHY.limit), `${bytes}`)
  }

  /** How often something had to be given up before there was room for what was wanted. */
  get refusals(): number {
    return this.#count(HIERARCHY.refusals)
  }

  /** How many of its processes the kernel has killed, for want of room. */
  get kills(): number {
    return this.#count(HIERARCHY.kills)
  }

  /** Its processes have to be about to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await until(() => readFileSync(join(this.path, 'cgroup.procs'), 'utf8') === '', 'its processes to end')
    rmdirSync(this.path)
  }

  #count([file, pattern]: readonly [file: string, pattern: RegExp]): number {
    const [, count] = pattern.exec(readFileSync(join(this.path, file), 'utf8')) ?? []
    if (count === undefined) throw new Error(`Expected ${pattern} in ${file}`)
    return Number(count)
  }
}
