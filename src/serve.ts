import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from './config/config.ts'
import { defaultConfigFile, loadConfig } from './config/load.ts'
import { outlineOf } from './config/outline.ts'
import { formatProblemWithSource } from './config/problem.ts'
import { codeOf } from './errors.ts'
import { isStderrJournal } from './log/journal.ts'
import { standardStream } from './log/standard-stream.ts'
import { banner } from './server/banner.ts'
import { suitGarbageCollector } from './server/garbage-collection.ts'
import { findObstacles } from './server/open-resources.ts'
import { Server } from './server/server.ts'
import { ServiceReport } from './server/service-report.ts'
import { coalesce } from './signals/coalesce.ts'
import { handleSignals } from './signals/held-signals.ts'
import { hasLostTerminal } from './signals/terminal.ts'
import { unblockSignal } from './signals/unblock-signal.ts'
import { startFailure, stderrLines } from './stderr.ts'
import { takeActivationSockets } from './systemd/activation.ts'
import { Notifier } from './systemd/notify.ts'
import { takeWatchdogTimeout } from './systemd/watchdog.ts'
import { formatNumberOf } from './text/quantities.ts'
import { visible } from './text/readable-text.ts'

const FINE = 0
const FAILED = 1
const STDOUT = 1
/** How long a start by systemd waits for an address, and the time between two attempts, in milliseconds. */
const ADDRESS_PATIENCE = 30_000
const BETWEEN_ATTEMPTS = 1000
/** Signals that come within so many milliseconds are one. */
const ECHO = 200

let lastAsked = Number.NEGATIVE_INFINITY
let timesAsked = 0

/**
 * Says whether a server could start with a configuration, as far as that can be known without starting it.
 *
 * @param isVerbose Tell also who answers what, by which sections.
 * @returns The exit code.
 */
export async function check(
  file = defaultConfigFile(),
  isVerbose = false,
  instance?: string,
): Promise<number> {
  const config = loadConfig(file, instance)
  const obstacles = await findObstacles(config, takeActivationSockets(process.env, process.pid))
  for (const { message, ...where } of config.warnings)
    process.stderr.write(stderrLines(formatProblemWithSource({ ...where, message: `Warning: ${message}` })))
  for (const obstacle of obstacles) process.stderr.write(stderrLines(obstacle))
  if (obstacles.length > 0) return FAILED
  const count = config.warnings.length
  const warnings = count === 0 ? '' : `, ${formatNumberOf(count, 'warning')}`
  process.stdout.write(`${config.file}: no mistakes${warnings}\n`)
  if (isVerbose)
    process.stdout.write(
      outlineOf(config)
        .map(line => `${visible(line)}\n`)
        .join(''),
    )
  return FINE
}

function logsToStdout({ customLog, errorLog }: Config): boolean {
  const paths = [...customLog.map(({ path }) => path), errorLog.kind === 'file' ? errorLog.path : '']
  return paths.some(path => standardStream(path) === STDOUT)
}

/**
 * Serves until a signal, or a command on the control socket, has stopped the server.
 *
 * @param instance One of several servers with this configuration, which share its ports.
 */
export async function serve(file = defaultConfigFile(), instance?: string): Promise<void> {
  using systemd = Notifier.connect(process.env)
  const server = await start(file, instance, systemd)
  const watchdogTimeout = takeWatchdogTimeout(process.env, process.pid)
  using _report = systemd === undefined ? undefined : new ServiceReport(server, systemd, watchdogTimeout)
  // In the journal one line of the error log says it all, and a log is for lines of its own.
  if (!isStderrJournal(process.env) && !logsToStdout(server.site.config)) {
    const bound = server.open.listeners.map(listener => listener.bound)
    process.stdout.write(banner(server.site.config, bound))
  }
  handleSignals({
    SIGHUP: coalesce(() => hangUp(server), ECHO),
    SIGUSR1: coalesce(() => server.reopenLogs(), ECHO),
    SIGTERM: () => stop(server, 'SIGTERM'),
    SIGINT: () => stop(server, 'SIGINT'),
  })
  unblockSignal('SIGUSR1')
  await server.stopped
  await server.close()
}

async function start(
  file: string,
  instance: string | undefined,
  systemd: Notifier | undefined,
): Promise<Server> {
  suitGarbageCollector()
  try {
    const config = loadConfig(file, instance)
    const sockets = takeActivationSockets(process.env, process.pid)
    const end = performance.now() + ADDRESS_PATIENCE
    for (;;) {
      try {
        return await Server.start(config, sockets)
      } catch (error) {
        if (systemd === undefined || !isAddressAbsent(error) || performance.now() > end) throw error
        systemd.tell({ STATUS: `${startFailure(error)}; trying again` })
      }
      await pause(BETWEEN_ATTEMPTS)
    }
  } catch (error) {
    if (error instanceof Error) systemd?.tell({ STATUS: startFailure(error).split('\n', 1).join() })
    throw error
  }
}

/** Whether an error says that the machine has not got an address, or not yet, as when it has just been booted. */
function isAddressAbsent(error: unknown): error is Error {
  return error instanceof Error && codeOf(error.cause) === 'EADDRNOTAVAIL'
}

/** The signal asks for a reload, unless it comes because the terminal is gone: nobody could stop what was left then. */
function hangUp(server: Server): void {
  if (hasLostTerminal()) stop(server, 'the end of its terminal')
  else void server.reload()
}

/**
 * The second time means at once, and the third that even this takes too long; but Ctrl-C under npm arrives twice,
 * from the terminal and from npm.
 */
function stop(server: Server, cause: string): void {
  const now = performance.now()
  if (now - lastAsked < ECHO) return
  lastAsked = now
  // It may have been told to stop on the control socket before.
  timesAsked = Math.max(timesAsked, server.stopping ? 1 : 0) + 1
  if (timesAsked === 1) void server.stop(cause)
  else if (timesAsked === 2) server.breakOff()
  else process.exit(FINE)
}
