import {
  globSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type Outcome, Program, run } from '../support/program.ts'
import { eventually, until } from '../support/wait.ts'
import { Lan } from './lan.ts'

const NAME = 'webserver-test-'

let machines = 0

/**
 * A machine with a systemd that has really booted, and a network of its own. It begins as a copy of this machine's
 * file system on which no service runs; all of it is gone once disposed of.
 */
export class Machine implements AsyncDisposable {
  readonly lan: Lan
  readonly #name: string
  readonly #program: Program
  /** Of its first process, as seen from outside. */
  #init = 0

  private constructor(name: string, lan: Lan, program: Program) {
    this.#name = name
    this.lan = lan
    this.#program = program
  }

  static async boot(): Promise<Machine> {
    for (const name of leftBehind()) await removeControlGroups(name)
    await using stack = new AsyncDisposableStack()
    const name = `${NAME}${process.pid}-${machines++}`
    stack.defer(() => removeControlGroups(name))
    const lan = stack.use(new Lan())
    const script = join(import.meta.dirname, 'boot.sh')
    const program = stack.use(
      new Program('/usr/bin/setpriv', [
        ...['--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child', '--mount-proc', 'bash'],
        ...[script, name],
      ]),
    )
    const machine = new Machine(name, lan, program)
    await machine.#whenUp()
    stack.move()
    return machine
  }

  /** Runs a program in it to its end. */
  run(program: string, ...args: readonly string[]): Promise<Outcome> {
    return this.runAs('root', program, ...args)
  }

  /** Runs a program in it to its end, as one of its users with all groups of that user. */
  runAs(user: string, program: string, ...args: readonly string[]): Promise<Outcome> {
    return run('/usr/bin/nsenter', [...this.#entering, 'runuser', '-u', user, '--', program, ...args])
  }

  /** What a program prints that ends well. */
  async output(program: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(program, ...args)
    if (code !== 0)
      throw new Error(`Expected ${program} ${args.join(' ')} to succeed, got ${code}: ${stderr}`)
    return stdout
  }

  /** Where a file in it can be found from outside. */
  path(name: string): string {
    return join(`/proc/${this.#init}/root`, name)
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    writeFileSync(this.path(name), text)
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true, force: true })
  }

  /** Where it differs from what it began as: `+` and a path that is new, `-` and one that is gone. */
  changes(): string[] {
    const [script = 0] = descendants(this.#program.pid)
    const upper = `/proc/${script}/root/mnt/upper`
    return readdirSync(upper, { recursive: true, withFileTypes: true }).flatMap(entry => {
      const path = join(entry.parentPath, entry.name).slice(upper.length)
      // As overlayfs marks what was removed.
      if (entry.isCharacterDevice()) return [`-${path}`]
      return lstatSync(path, { throwIfNoEntry: false }) === undefined ? [`+${path}`] : []
    })
  }

  /** One property of a unit, as systemd has it now. */
  async property(unit: string, name: string): Promise<string> {
    return (await this.output('systemctl', 'show', '--property', name, '--value', unit)).trimEnd()
  }

  async reboot(): Promise<void> {
    const before = this.#init
    await this.run('systemctl', 'reboot')
    await eventually(() => (isAlive(before) ? undefined : true), 'the machine to go down')
    await this.#whenUp()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]()
    await this.lan[Symbol.asyncDispose]()
    await removeControlGroups(this.#name)
  }

  get #entering(): readonly string[] {
    const { stdout } = this.#program
    if (this.#program.code !== undefined) throw new Error(`The machine has ended: ${stdout}`)
    const kinds = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup']
    return ['--target', `${this.#init}`, ...kinds, '--']
  }

  async #whenUp(): Promise<void> {
    this.#init = await eventually(() => {
      const { code, stdout, stderr } = this.#program
      if (code !== undefined) throw new Error(`The machine does not boot: ${stdout}${stderr}`)
      return descendants(this.#program.pid).find(pid => nameOf(pid) === 'systemd')
    }, 'the machine to boot')
    await this.lan.connect(this.#init)
    const isUp = async () => {
      const { stdout } = await this.run('systemctl', 'is-system-running', '--wait')
      return /^(?:running|degraded)$/m.test(stdout) ? true : undefined
    }
    await eventually(isUp, 'every unit of the machine to be up')
  }
}

function leftBehind(): string[] {
  const names = globSync(`/sys/fs/cgroup/{,unified/,systemd/}${NAME}*`).map(path =>
    path.slice(path.indexOf(NAME)),
  )
  return names.filter(name => !isAlive(Number(name.slice(NAME.length).split('-')[0])))
}

/** The kernel keeps groups also when nothing is left in them, and refuses to remove them before. */
async function removeControlGroups(name: string): Promise<void> {
  for (const group of globSync(`/sys/fs/cgroup/{,unified/,systemd/}${name}`))
    await until(() => isRemoved(group), `the processes of ${name} to be gone`)
}

/** Removes a control group with those in it; false while there are processes in them. */
function isRemoved(group: string): boolean {
  try {
    const inside = readdirSync(group, { withFileTypes: true }).filter(entry => entry.isDirectory())
    if (!inside.every(({ name }) => isRemoved(join(group, name)))) return false
    rmdirSync(group)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EBUSY') return false
    throw error
  }
}

function isAlive(pid: number): boolean {
  return nameOf(pid) !== undefined
}

/** Undefined when there is no such process. */
function nameOf(pid: number): string | undefined {
  return readUnlessGone(`/proc/${pid}/comm`)?.trimEnd()
}

function descendants(pid: number): number[] {
  const children =
    readUnlessGone(`/proc/${pid}/task/${pid}/children`)?.split(' ').filter(Boolean).map(Number) ?? []
  return children.flatMap(child => [child, ...descendants(child)])
}

function readUnlessGone(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
