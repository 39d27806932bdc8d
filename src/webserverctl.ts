#!/usr/bin/env node
import { styleText } from 'node:util'
import { CommanderError } from 'commander'
import type { ChosenOptions, ControlCommand, Terminal } from './control/commands.ts'
import { callDaemon } from './control/control-client.ts'
import { explainFailure } from './control/explain.ts'
import { findControlSocket } from './control/find-socket.ts'
import type { LocalCommandName } from './control/local-commands.ts'
import { controlProgram, type DaemonChoice } from './control/program.ts'
import { precompressFolder } from './precompress/command.ts'
import { VERSION } from './version.ts'

type LocalCommand = (argument: string | undefined, choice: DaemonChoice) => Promise<number>

const FAILED = 1
const WRONG_USAGE = 2
const NOT_RUNNING = 3

const LOCAL: Readonly<Record<LocalCommandName, LocalCommand>> = {
  precompress: (folder, { config }) => precompressFolder(folder, config),
}

async function main(): Promise<number> {
  let exitCode = 0
  const program = controlProgram(
    VERSION,
    async (command, options, choice) => {
      exitCode = await run(command, options, choice)
    },
    async (name, argument, choice) => {
      exitCode = await LOCAL[name](argument, choice)
    },
  )
  try {
    await program.parseAsync()
    return exitCode
  } catch (error) {
    // Commander has printed the help, the version or what was wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE
    throw error
  }
}

/** Has the daemon do one command, shows its reply, and gives the exit code. */
async function run(command: ControlCommand, options: ChosenOptions, choice: DaemonChoice): Promise<number> {
  const socket = findControlSocket(choice)
  if (socket.kind === 'lost') {
    complain(socket.problem)
    return FAILED
  }
  const outcome = await callDaemon(socket.path, command.name, undefined, command.deadline)
  if (outcome.kind !== 'reply') {
    complain(explainFailure(outcome, command, socket))
    return outcome.kind === 'not running' ? NOT_RUNNING : FAILED
  }
  const report = command.report(outcome.result, options, terminal())
  process.stdout.write(report.output)
  process.stderr.write(report.problems)
  return report.exitCode
}

function complain(problem: string): void {
  process.stderr.write(`${problem}\n`)
}

function terminal(): Terminal {
  return {
    columns: process.stdout.columns || 80,
    now: Date.now(),
    paint: (style, text) => styleText(style, text, { stream: process.stdout }),
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read our output has seen enough.
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await main()
