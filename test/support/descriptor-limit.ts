import { execFileSync } from 'node:child_process'

/** Lets this process have so many descriptors, until it is disposed of. */
export function limitDescriptors(most: number): Disposable {
  const prlimit = (...args: string[]) =>
    execFileSync('prlimit', ['--pid', String(process.pid), ...args], { encoding: 'utf8' }).trim()
  const before = prlimit('--nofile', '--noheadings', '--output=SOFT')
  prlimit(`--nofile=${most}:`)
  return { [Symbol.dispose]: () => void prlimit(`--nofile=${before}:`) }
}
