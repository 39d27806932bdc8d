import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { INSTANCE_EXPECTED, isInstanceName } from './config/instance.ts'
import { exitCodeAfterPrinting } from './printing.ts'
import { releaseSignals } from './signals/held-signals.ts'
import { startFailure, stderrLines } from './stderr.ts'
import { VERSION } from './version.ts'

const FINE = 0
const FAILED = 1
const WRONG_USAGE = 2
/** A fault of ours, `EX_SOFTWARE` in sysexits.h(3): unlike a start that was refused it may go well the next time. */
const FAULT = 70

interface Options {
  readonly config?: string
  readonly instance?: string
  readonly check?: true
  readonly verbose?: true
  readonly directives?: true
}

/** The daemon from its arguments to its exit code. What serves is loaded where it is needed: that takes longest. */
async function main(): Promise<number> {
  const options = parseArguments()
  if (typeof options === 'number') return await exitCodeAfterPrinting(options)
  if (options.directives === true || options.check === true) releaseSignals()
  if (options.directives === true) {
    const { sampleConfiguration } = await import('./config/sample.ts')
    process.stdout.write(sampleConfiguration())
    return await exitCodeAfterPrinting(FINE)
  }
  try {
    const { check, serve } = await import('./serve.ts')
    if (options.check === true)
      return await exitCodeAfterPrinting(await check(options.config, options.verbose, options.instance))
    await serve(options.config, options.instance)
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
    .option('--instance <name>', 'which one of several with that configuration it is', takeInstance)
    .option('--check', 'say whether the configuration is right, and exit')
    .option('-v, --verbose', 'with --check, say also which host answers what, and by which sections')
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

function takeInstance(name: string): string {
  if (isInstanceName(name)) return name
  throw new InvalidArgumentError(INSTANCE_EXPECTED)
}

process.on('uncaughtException', error => {
  process.stderr.write(stderrLines(error.stack ?? String(error)))
  process.exit(FAULT)
})

// As ps, and the message that a port is taken, name it.
process.title = 'webserver'
// Not left to Node to end by itself: a signal meanwhile would find nobody who minds it.
main().then(exitCode => process.exit(exitCode))
