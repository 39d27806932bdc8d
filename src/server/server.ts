import type { SecureContext } from 'node:tls'
import { Accounts } from '../access/accounts.ts'
import { CheckQueue } from '../access/check-queue.ts'
import { CheckerProcess } from '../access/checker.ts'
import { changedDirectives } from '../config/changes.ts'
import type { Config } from '../config/config.ts'
import { protocolAt } from '../config/https.ts'
import { loadConfig } from '../config/load.ts'
import { ConfigError, formatProblem } from '../config/problem.ts'
import { formatListenAddress } from '../config/values/listen-address.ts'
import type { DaemonStatus, DrainOutcome, ReloadOutcome, Remainder, StopOutcome } from '../control/daemon.ts'
import { Compressor } from '../encoding/compressor.ts'
import { Exchange, type ExchangeClient, type ExchangeObserver } from '../exchange/exchange.ts'
import type { ExchangeRecord } from '../exchange/exchange-record.ts'
import { countDescriptors, isOutOfDescriptors } from '../files/descriptors.ts'
import { networkOf } from '../http/request/peer.ts'
import { refusal } from '../http/request/refusal.ts'
import { type ReceivedRequest, refuseReceived } from '../http/request/request-reader.ts'
import type { ErrorLog } from '../log/error-log.ts'
import { UNKNOWN_ADDRESS } from '../network/address.ts'
import type { Admission, Connection, ConnectionOwner } from '../network/connection.ts'
import { Connections } from '../network/connections.ts'
import type { Misconduct } from '../network/proxied/arrival.ts'
import type { Endpoint, Transport } from '../network/transport.ts'
import { Site } from '../site/site.ts'
import type { ServerState } from '../site/step.ts'
import type { ActivationSockets } from '../systemd/activation.ts'
import { formatDuration, formatNumberOf } from '../text/quantities.ts'
import { decodeUtf8 } from '../text/readable-text.ts'
import { systemClock } from '../turn/clock.ts'
import { IdleDetector } from '../turn/idle-detector.ts'
import { listTurns, type TurnList } from '../turn/turn-list.ts'
import { TurnQueue } from '../turn/turn-queue.ts'
import type { TurnTaker } from '../turn/turn-taker.ts'
import { TurnTimes } from '../turn/turn-times.ts'
import { type TraceEnd, type TraceRecord, TurnTrace } from '../turn/turn-trace.ts'
import { VERSION } from '../version.ts'
import { AnswerReport } from './answer-report.ts'
import { CertificateWatch } from './certificate-watch.ts'
import { ClientTroubles } from './client-troubles.ts'
import { Draining } from './draining.ts'
import {
  closeResources,
  type OpenResources,
  openResources,
  type ResourceUser,
  restoreSockets,
} from './open-resources.ts'
import { RequestsUnderWay } from './requests-under-way.ts'
import { RootWatch } from './root-watch.ts'
import { describeServer } from './status.ts'
import { Traffic } from './traffic.ts'

/** How long responses under way may take once the server is to stop, in milliseconds. */
const STOP_DEADLINE = 10_000

const RUNS_AS_ROOT =
  'Running as root, who can read every file; give it a user of its own, as webserver.service does'

const LISTENS_ELSEWHERE =
  'Listen has no effect, since systemd has opened the sockets: change ListenStream= with "systemctl edit webserver.socket"'

const TOO_MANY = refusal(
  503,
  'This address has as many requests under way as it may (MaxConnectionsPerAddress)',
)

type Phase = 'serving' | 'reloading' | 'stopping'

/** The running server: it serves under one configuration after another, and owns what they have open. */
export class Server implements ConnectionOwner, ExchangeObserver, ResourceUser {
  readonly startedAt = Date.now()
  readonly traffic = new Traffic()
  readonly queue: TurnQueue<TurnTaker>
  readonly turnTimes = new TurnTimes()
  readonly connections: Connections
  site: Site
  phase: Phase = 'serving'
  /** The problems of the configuration that was last refused; undefined since one was put in force. */
  refused: readonly string[] | undefined
  loadedAt = Date.now()
  reloads = 0
  /** Called when the phase has changed. */
  onPhase: () => void = () => {}
  readonly #sockets: ActivationSockets
  readonly #compressor: Compressor
  readonly #accounts: Accounts
  readonly #certificateWatch: CertificateWatch
  #open: OpenResources | undefined
  #reloading: Promise<unknown> = Promise.resolve()
  /** The reload that is asked for and has not begun. */
  #nextReload: Promise<ReloadOutcome> | undefined
  readonly #troubles = new ClientTroubles(
    this.traffic,
    () => this.site.config,
    () => this.open.errorLog,
  )
  /** Of clients that share the connections of proxies. */
  readonly #shared = new RequestsUnderWay()
  #rootWatch: RootWatch | undefined
  #stoppingSince = 0
  readonly #draining = new Draining(() => this.#remainder)
  /** Requests that were answered since a stop was asked for. */
  #finished = 0
  readonly #answerReport = new AnswerReport(systemClock.now)
  readonly #stop = Promise.withResolvers<void>()

  private constructor(config: Config, sockets: ActivationSockets) {
    this.#sockets = sockets
    this.queue = new TurnQueue(config.maxWait, systemClock, error =>
      this.reportProblem('Cannot watch the turn', error),
    )
    this.queue.observe(this.turnTimes)
    this.connections = new Connections(this)
    const detector = new IdleDetector(this.queue)
    this.#compressor = new Compressor(
      () => detector.isIdle(),
      error => this.reportProblem('Cannot compress', error),
    )
    this.#accounts = new Accounts(
      new CheckQueue(new CheckerProcess(), error => this.reportProblem('Cannot check a password', error)),
    )
    this.#certificateWatch = new CertificateWatch(
      () => this.site.certificates,
      (level, message) => this.errorLog?.log(level, 'ssl', message),
    )
    this.site = this.#siteOf(config)
  }

  /**
   * Starts to serve.
   *
   * @param sockets Opened by systemd: they stand in for those that the configuration names, also after a reload.
   * @throws An Error whose message tells the administrator what to do; nothing is left open then.
   */
  static async start(config: Config, sockets: ActivationSockets): Promise<Server> {
    const server = new Server(config, sockets)
    server.#open = await openResources(config, server, sockets)
    server.#rootWatch = new RootWatch(
      () => server.site.folders,
      (folder, problem) => server.#tellRoot(folder, problem),
    )
    if (process.getuid?.() === 0) server.open.errorLog.warn('core', RUNS_AS_ROOT)
    const where = server.addresses.join(' and ')
    const by = sockets.http.length === 0 ? '' : ', which systemd has opened: Listen has no effect'
    const instance = config.instance === undefined ? '' : `, instance ${config.instance},`
    server.open.errorLog.notice(
      'core',
      `Serving ${config.documentRoot} with webserver ${VERSION}${instance} on ${where}${by}`,
    )
    server.#warn(config)
    return server
  }

  #siteOf(config: Config): Site {
    return new Site(config, this.#compressor, this.#accounts, [], this.#certificateWatch.ticketKeys)
  }

  get stopping(): boolean {
    return this.phase === 'stopping'
  }

  get serverState(): ServerState {
    if (this.stopping) return 'stopping'
    return this.drainingSince === undefined ? 'running' : 'draining'
  }

  get drainingSince(): number | undefined {
    return this.#draining.since
  }

  /** Whether other servers may listen on its ports. */
  get #isOneOfSeveral(): boolean {
    return this.site.config.instance !== undefined
  }

  get open(): OpenResources {
    if (this.#open === undefined) throw new Error('The server has not started')
    return this.#open
  }

  /** Why what is served cannot be, for want of its folder. */
  get rootProblem(): string | undefined {
    return this.#rootWatch?.problemOf(this.site.config.documentRoot)
  }

  get errorLog(): ErrorLog | undefined {
    return this.#open?.errorLog
  }

  /** The addresses it listens on, as in `0.0.0.0:8080` or `[::]:8080`. */
  get addresses(): readonly string[] {
    return this.open.listeners.map(listener => formatListenAddress(listener.bound))
  }

  /** Resolves when it was told to stop and has nothing left to serve. */
  get stopped(): Promise<void> {
    return this.#stop.promise
  }

  status(): DaemonStatus {
    return describeServer(this)
  }

  turns(): TurnList {
    return listTurns(this.queue, this.now())
  }

  trace(
    duration: number,
    report: (records: readonly TraceRecord[]) => boolean,
    signal: AbortSignal,
  ): Promise<TraceEnd> {
    return new TurnTrace(this.queue, systemClock, report).run(duration, signal)
  }

  /**
   * Reloads run one after another. A call gets the outcome of one that begins after it: all calls while a
   * reload is under way get that of the same next one.
   */
  reload(): Promise<ReloadOutcome> {
    if (this.#nextReload !== undefined) return this.#nextReload
    const outcome = this.#reloading.then(() => {
      this.#nextReload = undefined
      return this.#reload()
    })
    this.#nextReload = outcome
    this.#reloading = outcome.catch(() => {})
    return outcome
  }

  reopenLogs(): string[] {
    const { accessLog, errorLog, hostErrorLogs } = this.open
    const problems = [...accessLog.reopen(), errorLog.reopen() ?? [], ...hostErrorLogs.reopen()].flat()
    if (problems.length === 0) errorLog.notice('core', 'Reopened the logs')
    else errorLog.error('core', 'Not all logs are reopened: the others go on in the files that are open')
    return problems
  }

  get #remainder(): Remainder {
    const { inService, waiting, setAside } = this.queue
    const requests = waiting + setAside + (inService === undefined ? 0 : 1)
    return { requests, connections: this.connections.count }
  }

  async drain(
    wait: number | undefined,
    report: (remainder: Remainder) => boolean,
    signal: AbortSignal,
  ): Promise<DrainOutcome> {
    const isRepeated = this.drainingSince !== undefined
    const since = this.#draining.begin()
    const isTold = this.site.config.healthPath !== undefined
    if (!isRepeated) {
      this.open.errorLog.notice('core', 'Draining, as asked by webserverctl drain')
      this.onPhase()
    }
    const outcome = { since, isRepeated, isTold }
    if (wait === undefined) return { ...outcome, left: this.#remainder }
    const end = await this.#draining.whenDone(wait, report, signal)
    return { ...outcome, end, left: this.#remainder }
  }

  undrain(): boolean {
    if (this.drainingSince === undefined) return false
    this.#draining.end()
    this.open.errorLog.notice('core', 'Draining no more, as asked by webserverctl undrain')
    this.onPhase()
    return true
  }

  /**
   * The logs and the control socket stay open for what is still to be said, until {@link close}.
   *
   * @param cause Who has asked for it, for the log.
   */
  async stop(cause = 'webserverctl stop'): Promise<StopOutcome> {
    if (this.stopping) return await this.#stopped()
    this.#enter('stopping')
    this.#stoppingSince = this.now()
    this.open.errorLog.notice('core', `Stopping, as asked by ${cause}`)
    // A reload under way would open what is closed here.
    await this.#reloading
    await Promise.all(this.open.listeners.map(listener => listener.retire(this.#isOneOfSeveral)))
    await this.connections.stop(STOP_DEADLINE)
    this.#stop.resolve()
    return await this.#stopped()
  }

  async #stopped(): Promise<StopOutcome> {
    await this.stopped
    return { finished: this.#finished, brokenOff: this.connections.brokenOff }
  }

  /** Breaks off all connections; a stop that was asked for is complete soon after. */
  breakOff(): void {
    this.connections.abort()
  }

  async close(): Promise<void> {
    this.#rootWatch?.[Symbol.dispose]()
    this.#certificateWatch[Symbol.dispose]()
    this.#accounts[Symbol.dispose]()
    const { brokenOff } = this.connections
    const finished = this.#finished === 0 ? '' : `, ${formatNumberOf(this.#finished, 'request')} finished`
    const lost = brokenOff === 0 ? '' : `, ${formatNumberOf(brokenOff, 'connection')} broken off`
    const duration = formatDuration((this.now() - this.#stoppingSince) * 1000)
    this.open.errorLog.notice('core', `Stopped after ${duration}${finished}${lost}`)
    await closeResources(this.open)
  }

  now(): number {
    return systemClock.now()
  }

  get isBusy(): boolean {
    return this.queue.waiting > 0 || this.connections.hasNewcomers
  }

  connected(transport: Transport): void {
    if (this.#open === undefined) return this.#connectedEarly(transport)
    // Nobody would get an answer, and nobody can say who has asked.
    if (transport.remote.address === UNKNOWN_ADDRESS) return transport.abort()
    this.traffic.connections++
    if (this.site.needsLocalAddress) transport.learnLocal()
    const beginning = this.site.proxies?.beginningOf(transport) ?? 'client'
    switch (beginning) {
      case 'client':
        this.connections.admit(transport)
        return
      case 'proxy':
        return this.connections.expect(transport)
      case 'stranger':
        transport.abort()
        return this.#troubles.strange(transport.remote)
      default:
        return beginning satisfies never
    }
  }

  turnedAway(limit: Exclude<Admission, 'admitted'>, client: Endpoint): void {
    this.#troubles.turnedAway(limit, client)
  }

  misbehaved(misconduct: Misconduct, proxy: Endpoint): void {
    this.#troubles.misbehaved(misconduct, proxy)
  }

  secureContext(name: string | undefined, { address, port }: Endpoint): SecureContext | undefined {
    return this.site.secureContext(name, { localAddress: address, localPort: port })
  }

  handshakeFailed(error: Error, remote: Endpoint): void {
    this.#troubles.handshakeFailed(error, remote)
  }

  #tellRoot(folder: string, problem: string | undefined): void {
    const { config } = this.site
    const isRoot = [config, ...config.hosts].some(({ documentRoot }) => documentRoot === folder)
    const what = `${isRoot ? 'DocumentRoot' : 'The folder of an Alias,'} "${folder}"`
    if (problem === undefined) this.errorLog?.notice('core', `${what} is back`)
    else this.errorLog?.error('core', `${what} cannot be served: ${problem}`)
  }

  /** Holds a client that comes before everything is open; what it sends stays in the kernel. */
  #connectedEarly(transport: Transport): void {
    setImmediate(() => {
      if (!transport.isClosed) this.connected(transport)
    })
  }

  connectionIdle(connection: Connection): void {
    this.connections.idle(connection)
  }

  connectionClosed(connection: Connection): void {
    this.connections.remove(connection)
  }

  makeExchange(client: ExchangeClient, received: ReceivedRequest, now: number): Exchange {
    const peer = this.site.clientOf(received, client)
    if (peer === client.peer) return new Exchange(client, peer, this.site, received, now, this)
    const network = networkOf(peer.address)
    if (!this.#shared.enter(network, this.site.config.maxConnectionsPerAddress)) {
      this.turnedAway('perAddress', peer)
      return new Exchange(client, peer, this.site, refuseReceived(received, TOO_MANY), now, this)
    }
    return new Exchange(client, peer, this.site, received, now, {
      exchangeEnded: record => {
        this.#shared.leave(network)
        this.exchangeEnded(record)
      },
    })
  }

  exchangeEnded(record: ExchangeRecord): void {
    if (record.bytesReceived === 0 || record.because?.kind === 'health') return
    this.traffic.count(record)
    if (this.stopping && record.connection !== 'aborted') this.#finished++
    this.open.accessLog.record(record, record.host.customLog)
    this.#answerReport.report(record, this.open.hostErrorLogs.of(record.host) ?? this.open.errorLog)
  }

  reportFault(error: unknown, requestLine: string, client: string): void {
    const what = `Cannot serve "${decodeUtf8(requestLine)}"`
    if (isOutOfDescriptors(error)) this.#troubles.outOfDescriptors(what, client)
    else this.reportProblem(what, error, client)
  }

  reportProblem(what: string, error: unknown, client?: string): void {
    const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.open.errorLog.error('core', `${what}: ${cause}`, client === undefined ? {} : { client })
  }

  #enter(phase: Phase): void {
    // A stop is for good.
    if (this.phase !== 'stopping') this.phase = phase
    this.onPhase()
  }

  async #reload(): Promise<ReloadOutcome> {
    this.#enter('reloading')
    const outcome = await this.#putInForce()
    await restoreSockets(this.open)
    this.refused = outcome.kind === 'refused' ? outcome.problems : undefined
    this.#enter('serving')
    if (outcome.kind === 'reloaded') {
      const changes = outcome.changes.length === 0 ? 'nothing has changed' : outcome.changes.join(', ')
      this.open.errorLog.notice('core', `Reloaded ${this.site.config.file}: ${changes}`)
    } else {
      for (const problem of outcome.problems) this.open.errorLog.error('config', problem)
      this.open.errorLog.error('config', 'Not reloaded: the old configuration stays in force')
    }
    return outcome
  }

  /** Tells of what seems not to be meant, and gives it. */
  #warn(config: Config): string[] {
    const warnings = config.warnings.map(formatProblem)
    const { limit, forClients } = countDescriptors()
    if (forClients < config.maxConnections) {
      warnings.push(
        `MaxConnections ${config.maxConnections} is more than ${limit} file descriptors allow: raise that limit (LimitNOFILE of a systemd unit), or lower MaxConnections to ${forClients}`,
      )
    }
    for (const warning of warnings) this.open.errorLog.warn('config', warning)
    return warnings
  }

  /** Everything that can fail comes before the swap. */
  async #putInForce(): Promise<ReloadOutcome> {
    if (this.stopping) return { kind: 'refused', problems: ['The server is stopping'] }
    const before = this.open
    let site: Site | undefined
    try {
      site = this.#siteOf(loadConfig(before.config.file, before.config.instance))
      this.#open = await openResources(site.config, this, this.#sockets, before)
    } catch (error) {
      site?.[Symbol.dispose]()
      if (error instanceof ConfigError)
        return { kind: 'refused', problems: error.problems.map(formatProblem) }
      if (error instanceof Error) return { kind: 'refused', problems: [error.message] }
      throw error
    }
    this.site[Symbol.dispose]()
    this.site = site
    this.#compressor.clear()
    this.queue.maxWait = site.config.maxWait
    this.loadedAt = Date.now()
    this.reloads++
    // The caller waits for its reply on the old control socket, which therefore closes after it.
    closeResources(before, this.open).catch((error: unknown) =>
      this.reportProblem('Cannot close what is no longer used', error),
    )
    const changes = changedDirectives(before.config, site.config)
    const warnings = this.#warn(site.config)
    const others = this.#sockets.http.length === 0 ? [] : this.#unheeded(changes)
    for (const warning of others) this.open.errorLog.warn('config', warning)
    warnings.push(...others)
    return { kind: 'reloaded', changes, warnings }
  }

  /** What a reload decides on sockets that systemd has opened, and cannot. */
  #unheeded(changes: readonly string[]): readonly string[] {
    const { config } = this.site
    const deaf = this.open.listeners.flatMap(({ bound }) => {
      if (bound.port === undefined) return []
      const wanted = protocolAt(bound.port, config)
      if ((bound.protocol ?? 'http') === wanted) return []
      return [
        `${formatListenAddress(bound)} does not speak ${wanted.toUpperCase()} yet, since systemd has opened its socket: "systemctl restart webserver"`,
      ]
    })
    return [...(changes.includes('Listen') ? [LISTENS_ELSEWHERE] : []), ...deaf]
  }
}
