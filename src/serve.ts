import { setTimeout as pause } from 'node:timers/promises'
import { Command, CommanderError } from 'commander'
import type { Config } from './config/config.ts'
import { defaultConfigFile, loadConfig } from './config/load.ts'
import { ConfigError, formatProblemWithSource } from './config/problem.ts'
import { sampleConfiguration } from './config/sample.ts'
import { codeOf } from './errors.ts'
import { isStderrJournal, journalMark } from './log/journal.ts'
import { standardStream } from './log/standard-stream.ts'
import { exitCodeAfterPrinting } from './printing.ts'
import { banner } from './server/banner.ts'
import { findObstacles } from './server/open-resources.ts'
import { Server } from './server/server.ts'
import { ServiceReport } from './server/service-report.ts'
import { makeAllObjectsYoung } from './server/young-generation.ts'
import { coalesce } from './signals/coalesce.ts'
import { handleSignals, releaseSignals } from './signals/held-signals.ts'
import { hasLostTerminal } from './signals/terminal.ts'
import { unblockSignal } from './signals/unblock-signal.ts'
import { takeActivationSockets } from './systemd/activation.ts'
import { Notifier } from './systemd/notify.ts'
import { takeWatchdogTimeout } from './systemd/watchdog.ts'
import { formatNumberOf } from './text/quantities.ts'
import { VERSION } from './version.ts'

const FINE = 0
const FAILED = 1
const WRONG_USAGE = 2
/** A fault of ours, `EX_SOFTWARE` in sysexits.h(3): unlike a start that was refused it may go well the next time. */
const FAULT = 70
const STDOUT = 1
/** How long a start by systemd waits for an address, and the time between two attempts, in milliseconds. */
const ADDRESS_PATIENCE = 30_000
const BETWEEN_ATTEMPTS = 1000
/** Signals that come within so many milliseconds are one. */
const ECHO = 200

let lastAsked = Number.NEGATIVE_INFINITY
let timesAsked = 0

interface Options {
  readonly config?: string
  readonly check?: true
  readonly directives?: true
}

/** The daemon from its arguments to its exit code. */
async function main(): Promise<number> {
  const options = parseArguments()
  if (typeof options === 'number') return await exitCodeAfterPrinting(options)
  if (options.directives === true || options.check === true) releaseSignals()
  if (options.directives === true) {
    process.stdout.write(sampleConfiguration())
    return await exitCodeAfterPrinting(FINE)
  }
  const file = options.config ?? defaultConfigFile()
  try {
    if (options.check === true) return await exitCodeAfterPrinting(await check(file))
    await serve(file)
    return FINE
  } catch (error) {
    if (!(error instanceof Error)) throw error
    process.stderr.write(stderrLines(startFailure(error)))
    return FAILED
  }
}

function parseArguments(): Options | number {
  const program = new Command('webserver')
    .description('Serves the files of a folder over HTTP, one request at a time.')
    .option('--config <file>', 'configuration to serve by')
    .option('--check', 'say whether the configuration is right, and exit')
    .option('--directives', 'show every directive with its default, and exit')
    .version(`${VERSION}, on Node.js ${process.versions.node}`, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .showHelpAfterError("Try 'webserver --help'")
    .exitOverride()
  try {
    return program.parse().opts<Options>()
  } catch (error) {
    // Commander has printed the help, the version or what was wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? FINE : WRONG_USAGE
    throw error
  }
}

/** Says whether a server could start with a configuration, as far as that can be known without starting it. */
async function check(file: string): Promise<number> {
  const config = loadConfig(file)
  const obstacles = await findObstacles(config, takeActivationSockets(process.env, process.pid))
  for (const { message, ...where } of config.warnings)
    process.stderr.write(stderrLines(formatProblemWithSource({ ...where, message: `Warning: ${message}` })))
  for (const obstacle of obstacles) process.stderr.write(stderrLines(obstacle))
  if (obstacles.length > 0) return FAILED
  const count = config.warnings.length
  const warnings = count === 0 ? '' : `, ${formatNumberOf(count, 'warning')}`
  process.stdout.write(`${config.file}: no mistakes${warnings}\n`)
  return FINE
}

function logsToStdout({ customLog, errorLog }: Config): boolean {
  const paths = [...customLog.map(({ path }) => path), errorLog.kind === 'file' ? errorLog.path : '']
  return paths.some(path => standardStream(path) === STDOUT)
}

/** Serves until a signal, or a command on the control socket, has stopped the server. */
async function serve(file: string): Promise<void> {
  using systemd = Notifier.connect(process.env)
  const server = await start(file, systemd)
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

async function start(file: string, systemd: Notifier | undefined): Promise<Server> {
  makeAllObjectsYoung()
  try {
    const config = loadConfig(file)
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

/** Mistakes of the configuration with their lines, anything else in one line. */
function startFailure(error: Error): string {
  if (!(error instanceof ConfigError)) return `webserver: ${error.message}`
  return error.problems.map(formatProblemWithSource).join('\n')
}

/** Whole lines for stderr, where the journal shows each as the error it is. */
function stderrLines(text: string): string {
  const mark = isStderrJournal(process.env) ? journalMark('error') : ''
  return text
    .split('\n')
    .map(line => `${mark}${line}\n`)
    .join('')
}

process.on('uncaughtException', error => {
  process.stderr.write(stderrLines(error.stack ?? String(error)))
  process.exit(FAULT)
})

// As ps, and the message that a port is taken, name it.
process.title = 'webserver'
// Not left to Node to end by itself: a signal meanwhile would find nobody who minds it.
main().then(exitCode => process.exit(exitCode))
