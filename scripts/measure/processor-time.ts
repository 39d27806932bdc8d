import { readdirSync, readFileSync } from 'node:fs'

/** Fields of /proc/PID/stat, counted from the one after the name, which may hold anything (proc(5)). */
const [PARENT, USER_TIME, SYSTEM_TIME, CHILDREN_USER_TIME, CHILDREN_SYSTEM_TIME] = [1, 11, 12, 13, 14]
/** Linux tells times in hundredths of a second, whatever its own clock does. */
const TICKS_PER_SECOND = 100

interface ProcessTime {
  readonly parent: number
  /** Seconds in user and system mode, of all its threads. */
  readonly seconds: number
  /** The same of its children that have ended. */
  readonly childrenSeconds: number
}

/** Reads /proc/PID/stat. */
export function parseProcessStat(text: string): ProcessTime {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (index: number) => Number(fields[index])
  return {
    parent: number(PARENT),
    seconds: (number(USER_TIME) + number(SYSTEM_TIME)) / TICKS_PER_SECOND,
    childrenSeconds: (number(CHILDREN_USER_TIME) + number(CHILDREN_SYSTEM_TIME)) / TICKS_PER_SECOND,
  }
}

/** Processor time of a process and of all that it has started, in seconds. */
export function processorSeconds(pid: number): number {
  const processes = allProcesses()
  let sum = 0
  const family = [pid]
  for (const member of family) {
    sum += processes.get(member)?.seconds ?? 0
    for (const [child, { parent }] of processes) if (parent === member) family.push(child)
  }
  return sum
}

/** Processor time of all that this process has started and that has ended, in seconds. */
export function endedChildrenSeconds(): number {
  return parseProcessStat(readFileSync('/proc/self/stat', 'latin1')).childrenSeconds
}

/** A process and all that it has started. */
function allProcesses(): Map<number, ProcessTime> {
  const processes = new Map<number, ProcessTime>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const text = readStat(name)
    if (text !== undefined) processes.set(Number(name), parseProcessStat(text))
  }
  return processes
}

/** Undefined when the process has ended. */
function readStat(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined
    throw error
  }
}

/** Seconds that all processors together have worked, or were kept from it by another machine on the same host. */
export function machineSeconds(): number {
  const [, user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0, stolen = 0] = readFileSync(
    '/proc/stat',
    'latin1',
  )
    .split('\n', 1)
    .flatMap(line => line.split(/ +/).map(Number))
  return (user + nice + system + interrupts + softInterrupts + stolen) / TICKS_PER_SECOND
}
