import type { Notification, Notifier } from '../systemd/notify.ts'
import { formatNumberOf, formatSize } from '../text/quantities.ts'
import { TurnWatch, type WatchedQueue } from '../turn/turn-watch.ts'
import type { Server } from './server.ts'

/** How often a changing status is sent, in milliseconds. */
const INTERVAL = 10_000
/** Signs of life within each timeout of the watchdog. */
const PULSES_PER_TIMEOUT = 3
/** Longer than a stop takes, in microseconds. */
const TIME_TO_STOP = 20_000_000

/** The phases of the server in systemd's terms. */
const PHASES = {
  serving: () => ({ READY: 1 }),
  reloading: () => ({ RELOADING: 1, MONOTONIC_USEC: Number(process.hrtime.bigint() / 1000n) }),
  stopping: () => ({ STOPPING: 1, EXTEND_TIMEOUT_USEC: TIME_TO_STOP }),
} as const satisfies Record<Server['phase'], () => Notification>

/** The part of the server that is reported. */
export interface ReportedServer {
  readonly phase: Server['phase']
  /** Is called when the phase has changed. */
  onPhase: () => void
  readonly addresses: readonly string[]
  /** Undefined while it is not to be drained. */
  readonly drainingSince: number | undefined
  readonly traffic: { readonly requests: number; readonly bytesSent: number }
  readonly connections: { readonly count: number }
  /** Why the last reload was refused. */
  readonly refused: readonly string[] | undefined
  readonly site: { readonly config: { readonly file: string } }
  readonly errorLog: { error(module: string, message: string): void } | undefined
  readonly queue: WatchedQueue
  /** On the clock of the queue, in milliseconds. */
  now(): number
}

/** Keeps systemd informed of what the server does, and that its turn moves. */
export class ServiceReport implements Disposable {
  readonly #server: ReportedServer
  readonly #notifier: Pick<Notifier, 'tell'>
  readonly #watch: TurnWatch
  readonly #timer: NodeJS.Timeout
  #phase: Server['phase'] | undefined
  #status = ''
  #isMoving = true

  /** @param watchdogTimeout Milliseconds within which systemd must hear that the turn moves. */
  constructor(
    server: ReportedServer,
    notifier: Pick<Notifier, 'tell'>,
    watchdogTimeout = Number.POSITIVE_INFINITY,
  ) {
    this.#server = server
    this.#notifier = notifier
    this.#watch = new TurnWatch(server.queue)
    this.#timer = setInterval(() => this.#pulse(), Math.min(INTERVAL, watchdogTimeout / PULSES_PER_TIMEOUT))
    server.onPhase = () => this.#tell({})
    this.#tell({})
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#server.onPhase = () => {}
  }

  #pulse(): void {
    const isMoving = this.#watch.isMoving(this.#server.now())
    if (this.#isMoving && !isMoving) {
      this.#server.errorLog?.error('core', 'The turn does not move though requests wait for it')
    }
    this.#isMoving = isMoving
    this.#tell(isMoving ? { WATCHDOG: 1 } : {})
  }

  /** Sends this notification with a status that has changed; what systemd did not take is sent again next time. */
  #tell(news: Notification): void {
    const { phase } = this.#server
    const status = statusLine(this.#server)
    const notification: Notification = {
      ...(phase === this.#phase ? {} : PHASES[phase]()),
      ...(status === this.#status ? {} : { STATUS: status }),
      ...news,
    }
    if (Object.keys(notification).length === 0 || !this.#notifier.tell(notification)) return
    this.#phase = phase
    this.#status = status
  }
}

/** What `systemctl status` shows. */
function statusLine({
  phase,
  addresses,
  drainingSince,
  traffic,
  connections,
  refused,
  site,
}: ReportedServer): string {
  const open = formatNumberOf(connections.count, 'connection')
  switch (phase) {
    case 'reloading':
      return `Reloading ${site.config.file}`
    case 'stopping':
      return `Stopping, ${open} left`
    case 'serving': {
      const served = `${formatNumberOf(traffic.requests, 'request')} served, ${formatSize(traffic.bytesSent)} sent`
      const doing = drainingSince === undefined ? 'Listening' : 'Draining, and listening'
      const line = `${doing} on ${addresses.join(' and ')}: ${served}, ${open} open`
      return refused === undefined ? line : `${line}; the last reload was refused: ${inShort(refused)}`
    }
    default:
      return phase satisfies never
  }
}

function inShort([first = '', ...more]: readonly string[]): string {
  const [line = ''] = first.split('\n')
  return more.length === 0 ? line : `${line} (and ${more.length} more)`
}
