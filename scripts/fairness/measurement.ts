import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Folder } from '../../test/support/folder.ts'
import { attackSlowly, SLOW_ATTACKS, type SlowAttack, type Verdict } from '../../test/support/slowhttptest.ts'
import { type Machine, thisMachine } from '../measure/machine.ts'
import { Program } from '../measure/program.ts'
import { RunningServer, versionOf } from '../measure/server.ts'
import { ask, HUGE, HUGE_SIZE, type Latencies, PAGE, PAGE_SIZE, probe } from './probe.ts'
import { SERVERS, type ServerName } from './servers.ts'

/** What goes on besides, and what `load.ts` is told to make of it. */
export const PHASES = {
  idle: [],
  '300 silent connections': ['silent', '300'],
  '40 stalled downloads': ['stalled', '40'],
  '10 downloads at full speed': ['greedy', '10'],
} as const satisfies Record<string, readonly string[]>
export type Phase = keyof typeof PHASES

/** Those that are attacked, side by side. */
export const ATTACKED = ['webserver', 'nginx'] as const satisfies readonly ServerName[]

/** How long things take, in milliseconds. */
export interface Pace {
  readonly warmUp: number
  readonly phase: number
  readonly attack: number
}

/** A fact of one server: how a well-behaved client fared meanwhile. */
export interface PhaseResult extends Latencies {
  readonly server: ServerName
  readonly phase: Phase
}

export interface AttackResult extends Latencies, Verdict {
  readonly server: ServerName
  readonly attack: SlowAttack
}

export interface Measurement {
  readonly measuredAt: string
  readonly machine: Machine
  readonly secondsPerPhase: number
  readonly secondsPerAttack: number
  readonly versions: Readonly<Partial<Record<ServerName, string>>>
  readonly phases: readonly PhaseResult[]
  readonly attacks: readonly AttackResult[]
}

/**
 * Measures all servers that are installed, phase after phase, so that what they have to go through lies close
 * together in time; nothing is left running.
 */
export async function measure(pace: Pace, report: (progress: string) => void): Promise<Measurement> {
  using folder = new Folder()
  folder.publish(PAGE.slice(1), 'x'.repeat(PAGE_SIZE))
  folder.publishSparse(HUGE.slice(1), HUGE_SIZE)
  const names = (Object.keys(SERVERS) as ServerName[]).filter(name => versionOf(SERVERS[name]) !== undefined)

  const phases: PhaseResult[] = []
  for (const phase of Object.keys(PHASES) as Phase[]) {
    for (const name of names) {
      report(`${phase}: ${name}`)
      phases.push(await measurePhase(name, phase, folder, pace))
    }
  }
  const attacks: AttackResult[] = []
  for (const attack of Object.keys(SLOW_ATTACKS) as SlowAttack[]) {
    report(`${attack}: ${ATTACKED.join(' and ')}`)
    const attacked = ATTACKED.filter(name => names.includes(name))
    attacks.push(...(await Promise.all(attacked.map(name => measureAttack(name, attack, folder, pace)))))
  }
  return {
    measuredAt: new Date().toISOString(),
    machine: thisMachine(),
    secondsPerPhase: pace.phase / 1000,
    secondsPerAttack: pace.attack / 1000,
    versions: Object.fromEntries(names.map(name => [name, versionOf(SERVERS[name])])),
    phases,
    attacks,
  }
}

async function measurePhase(
  server: ServerName,
  phase: Phase,
  folder: Folder,
  pace: Pace,
): Promise<PhaseResult> {
  await using running = await start(server, folder, pace.warmUp)
  await using _load = await startLoad(phase, running.port)
  const end = performance.now() + pace.phase
  return { server, phase, ...(await probe(running.port, () => performance.now() >= end)) }
}

async function measureAttack(
  server: ServerName,
  attack: SlowAttack,
  folder: Folder,
  pace: Pace,
): Promise<AttackResult> {
  await using running = await start(server, folder, pace.warmUp)
  let isOver = false
  // Only who reads slowly needs much to read.
  const path = attack === 'slow read' ? HUGE : PAGE
  const attacking = attackSlowly(attack, `http://127.0.0.1:${running.port}${path}`, pace.attack / 1000)
  const probing = probe(running.port, () => isOver)
  const verdict = await attacking.finally(() => {
    isOver = true
  })
  return { server, attack, ...verdict, ...(await probing) }
}

/** Starts a server, and has it answer often enough to be in its stride. */
async function start(name: ServerName, folder: Folder, warmUp: number): Promise<RunningServer> {
  const place = { folder, documentRoot: folder.resolve('var/www') }
  const server = await RunningServer.start(SERVERS[name], place, PAGE)
  const end = performance.now() + warmUp
  while (performance.now() < end) await ask(server.port)
  return server
}

/** Resolves when the load is on. */
async function startLoad(phase: Phase, port: number): Promise<AsyncDisposable | undefined> {
  if (PHASES[phase].length === 0) return undefined
  const command = [process.execPath, join(import.meta.dirname, 'load.ts'), ...PHASES[phase], String(port)]
  const load = new Program(command, { stdio: ['pipe', 'pipe', 'inherit'] })
  if (load.child.stdout !== null) await Promise.race([once(load.child.stdout, 'data'), pause(5000)])
  return load
}
