import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { inTime } from './wait.ts'

const ROOT = join(import.meta.dirname, '../..')
const SOURCE = join(ROOT, 'src')
/** Where Node keeps what it has compiled: a program then starts in a third of the time. */
export const COMPILED = join(ROOT, 'node_modules/.cache/node')

/** The programs under test. */
export const WEBSERVER = join(SOURCE, 'webserver.ts')
export const WEBSERVERCTL = join(SOURCE, 'webserverctl.ts')

/** Nobody's user and group. */
export const OTHER_USER = 65_534

/** Why nothing can be run as OTHER_USER, for a test to skip; false when it can. */
export const SKIP_OTHER_USER: string | false = whyNotAsOtherUser()

export interface ProgramOptions {
  /** User and group to run as; this process's own when not given. */
  readonly user?: number | undefined
  readonly environment?: NodeJS.ProcessEnv | undefined
  /** How many descriptors it may have; as many as this process when not given. */
  readonly descriptorLimit?: number | undefined
  /** What it finds open as descriptor 3 and on. */
  readonly descriptors?: readonly number[] | undefined
  /** A shell command that mounts what it, and nobody else, is to see; only root can. */
  readonly mounting?: string | undefined
  /** The folder of a control group that it is in from its first instruction; only root can put it there. */
  readonly controlGroup?: string | undefined
  /** Whether it has a network of its own, with nothing in it; only root can give it one. */
  readonly ownNetwork?: boolean | undefined
  /** A process whose network it has; only root can put it there. */
  readonly network?: number | undefined
}

/** What became of a program: its exit code or the signal that killed it, and what it said. */
export interface Outcome {
  readonly code: number | NodeJS.Signals
  readonly stdout: string
  readonly stderr: string
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
// So does a runner end a file whose time is over, and the programs must not outlive it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

/** A program that runs until it ends by itself or is disposed of. */
export class Program implements AsyncDisposable {
  stdout = ''
  stderr = ''
  readonly pid: number
  /** Its exit code, or the signal that killed it; what it said is complete by then. */
  readonly ended: Promise<number | NodeJS.Signals>
  readonly #child: ChildProcess

  /** @param program A script of ours, or a program of the system. */
  constructor(program: string, args: readonly string[], options: ProgramOptions = {}) {
    const { user, environment, descriptors = [], ownNetwork = false, descriptorLimit, mounting } = options
    const { controlGroup, network } = options
    const [command = '', ...scripts] = [
      ...(controlGroup === undefined
        ? []
        : ['/bin/sh', '-c', `echo $$ >${controlGroup}/cgroup.procs && exec "$@"`, 'sh']),
      ...(descriptorLimit === undefined ? [] : ['/usr/bin/prlimit', `--nofile=${descriptorLimit}`]),
      ...(mounting === undefined
        ? []
        : ['/usr/bin/unshare', '--mount', '/bin/sh', '-c', `${mounting}\nexec "$@"`, 'sh']),
      ...(network === undefined ? [] : ['/usr/bin/nsenter', '--target', `${network}`, '--net', '--']),
      ...(ownNetwork ? ['/usr/bin/unshare', '--net'] : []),
      ...(program.endsWith('.ts') ? [process.execPath, '--disable-sigusr1', program] : [program]),
    ]
    const child = spawn(command, [...scripts, ...args], {
      cwd: '/',
      env: {
        PATH: process.env['PATH'],
        TZ: 'UTC',
        NODE_COMPILE_CACHE: COMPILED,
        // Another user may not write coverage where we may.
        ...(user === undefined ? {} : { NODE_V8_COVERAGE: '' }),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', ...descriptors],
      ...(user === undefined ? {} : { uid: user, gid: user }),
    })
    running.add(child)
    child.stdout?.setEncoding('utf8').on('data', text => {
      this.stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', text => {
      this.stderr += text
    })
    this.#child = child
    this.pid = child.pid ?? 0
    this.ended = once(child, 'close').then(([code, signal]) => {
      running.delete(child)
      return code ?? signal
    })
  }

  /** Undefined while it runs. */
  get code(): number | NodeJS.Signals | undefined {
    return this.#child.exitCode ?? this.#child.signalCode ?? undefined
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async outcome(): Promise<Outcome> {
    const code = await inTime(this.ended, `the end of process ${this.pid}`)
    return { code, stdout: this.stdout, stderr: this.stderr }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }
}

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
  options?: ProgramOptions,
): Promise<Outcome> {
  await using running = new Program(program, args, options)
  return await running.outcome()
}

function whyNotAsOtherUser(): string | false {
  if (process.getuid?.() !== 0) return 'only root can run a program as another user'
  const { status } = spawnSync('test', ['-r', WEBSERVER, '-a', '-x', process.execPath], {
    uid: OTHER_USER,
    gid: OTHER_USER,
  })
  return status === 0 ? false : 'other users cannot read this checkout'
}
