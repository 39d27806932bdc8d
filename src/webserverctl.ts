#!/usr/bin/env -S node --disable-sigusr1
import { dirname } from 'node:path'
import { styleText } from 'node:util'
import { CommanderError } from 'commander'
import { changePassword, type PasswordAction } from './access/password-command.ts'
import { defaultConfigFile } from './config/load.ts'
import { findInstances, type Instance, type InstanceReport, joinReports } from './ctl/all-instances.ts'
import { callFailure } from './ctl/call-failure.ts'
import type { ChosenOptions, ControlCommand } from './ctl/commands.ts'
import { callDaemon } from './ctl/control-client.ts'
import { findControlSocket, type UsableSocket } from './ctl/find-socket.ts'
import { follow } from './ctl/follow.ts'
import type { LocalCommandName } from './ctl/local-commands.ts'
import { OutputFile, OutputFileError } from './ctl/output-file.ts'
import { controlProgram, type DaemonChoice } from './ctl/program.ts'
import type { Report, Terminal } from './ctl/report.ts'
import { precompressFolder } from './precompress/command.ts'
import { exitCodeAfterPrinting } from './printing.ts'
import { asciiJson } from './text/escape.ts'
import { makeCertificate } from './tls/certificate-command.ts'
import { VERSION } from './version.ts'

type RunLocally = (chosen: ChosenOptions, choice: DaemonChoice) => Promise<number>

const FAILED = 1
const WRONG_USAGE = 2
const NOT_RUNNING = 3

const ONE_FILE = 'Expected one server whose turn is recorded into a file: choose it with --instance NAME'

/** Whoever reads what is shown again and again may have seen enough. */
let isFollowing = false

const LOCAL: Readonly<Record<LocalCommandName, RunLocally>> = {
  precompress: ({ folder }, { config }) =>
    precompressFolder(folder === undefined ? undefined : String(folder), config),
  password: ({ file, user, ...options }) =>
    changePassword(String(file), String(user), passwordAction(options)),
  certificate: ({ host, folder }, { config = defaultConfigFile() }) =>
    makeCertificate([host].flat().map(String), folder === undefined ? dirname(config) : String(folder)),
}

function passwordAction(options: ChosenOptions): PasswordAction {
  if (options['delete'] === true) return 'delete'
  return options['verify'] === true ? 'verify' : 'set'
}

async function main(): Promise<number> {
  let exitCode = 0
  const program = controlProgram(
    `${VERSION}, on Node.js ${process.versions.node}`,
    async (command, options, choice) => {
      exitCode = await run(command, options, choice)
    },
    async (name, chosen, choice) => {
      exitCode = await LOCAL[name](chosen, choice)
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

/** Has the daemon do one command, shows its reply as the options will have it, and gives the exit code. */
async function run(command: ControlCommand, options: ChosenOptions, choice: DaemonChoice): Promise<number> {
  const socket = findControlSocket(choice)
  if (socket.kind === 'lost') return show(failure(socket.problem))
  if (choice.all === true && typeof options['output'] === 'string')
    return show(failure(ONE_FILE, WRONG_USAGE))
  const look = () => (choice.all === true ? askAll(command, options, socket) : ask(command, options, socket))
  isFollowing = options['follow'] === true
  if (isFollowing) return show(await follow(look, process.stdout, signalled(ENDING_SIGNALS)))
  if (typeof options['output'] === 'string') return show(await save(look, options['output']))
  return show(await look())
}

/** What each instance has to say, one after the other; each is looked for, since they come and go. */
async function askAll(command: ControlCommand, options: ChosenOptions, plain: UsableSocket): Promise<Report> {
  const instances = findInstances(plain)
  if (instances.length === 0) return await ask(command, options, plain)
  const reports: InstanceReport[] = []
  for (const instance of instances)
    reports.push({ instance, report: await ask(command, options, instance.socket, instance) })
  return joinReports(reports, options['json'] === true, terminal())
}

/**
 * What the daemon has to say, or why it says nothing.
 *
 * @param instance Where it is one of several that are asked: then JSON has its name, and is one line.
 */
async function ask(
  command: ControlCommand,
  options: ChosenOptions,
  socket: UsableSocket,
  instance?: Instance,
): Promise<Report> {
  const heard: unknown[] = []
  const hear = (report: unknown) => {
    if (heard.length === 0 && command.notice !== undefined) process.stderr.write(`${command.notice}\n`)
    heard.push(report)
  }
  const outcome = await callDaemon(socket.path, command.name, command.params?.(options), command.deadline, {
    heard: hear,
    enough: signalled(command.notice === undefined ? [] : ['SIGINT']),
  })
  if (outcome.kind === 'reply') {
    if (instance === undefined || options['json'] !== true)
      return command.report(outcome.result, options, terminal(), heard)
    const named = { instance: instance.name ?? null, ...Object(outcome.result) }
    return { output: `${asciiJson(named)}\n`, problems: '', exitCode: 0 }
  }
  return failure(callFailure(outcome, command, socket), outcome.kind === 'not running' ? NOT_RUNNING : FAILED)
}

/** Puts the output of a report into a file; that this can be done is seen before the daemon is asked. */
async function save(look: () => Promise<Report>, path: string): Promise<Report> {
  try {
    using file = new OutputFile(path)
    const report = await look()
    if (report.exitCode === 0) file.write(report.output)
    return { ...report, output: '' }
  } catch (error) {
    if (!(error instanceof OutputFileError)) throw error
    return failure(error.message)
  }
}

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Aborted by these signals, which otherwise do nothing any more. */
function signalled(signals: readonly NodeJS.Signals[]): AbortSignal {
  const controller = new AbortController()
  for (const signal of signals) process.on(signal, () => controller.abort())
  return controller.signal
}

function show(report: Report | undefined): number {
  if (report === undefined) return 0
  process.stdout.write(report.output)
  process.stderr.write(report.problems)
  return report.exitCode
}

function failure(problem: string, exitCode = FAILED): Report {
  return { output: '', problems: `${problem}\n`, exitCode }
}

function terminal(): Terminal {
  return {
    // Whoever reads through a pipe wants all of each line.
    columns: process.stdout.columns || Number.POSITIVE_INFINITY,
    now: Date.now(),
    paint: (style, text) => styleText(style, text, { stream: process.stdout }),
  }
}

main()
  .then(exitCode => (isFollowing ? exitCode : exitCodeAfterPrinting(exitCode)))
  .then(exitCode => {
    process.exitCode = exitCode
  })
