import { spawnSync } from 'node:child_process'
import { chownSync } from 'node:fs'
import { type Subject, USER } from './subject.ts'

/** A disk of 64 MiB in a folder of the daemon, which can be filled without harm to anybody; gone once disposed of. */
export class SmallDisk implements Disposable {
  readonly path: string

  /** Only for a process that has mounts of its own. */
  constructor(subject: Subject) {
    this.path = subject.makeFolder('var/small')
    run('mount', '-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', this.path)
    if (USER !== undefined) chownSync(this.path, USER, USER)
  }

  [Symbol.dispose](): void {
    // The daemon may still have a file open there.
    run('umount', '--lazy', this.path)
  }
}

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Cannot ${program} a small disk: ${stderr}`)
}
