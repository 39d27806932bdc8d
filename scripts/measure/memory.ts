import { readFileSync, writeFileSync } from 'node:fs'

const KIBIBYTE = 1024

/** What a process has in memory, in bytes: now, and at the most since `forgetPeak`. */
export function residentBytes(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const read = (name: string) =>
    Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) * KIBIBYTE
  return { now: read('VmRSS'), peak: read('VmHWM') }
}

/** Lets the peak begin anew (proc_pid_clear_refs(5)). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}
