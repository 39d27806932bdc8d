import { styleText } from 'node:util'
import { Command, InvalidArgumentError, Option } from 'commander'
import { INSTANCE_EXPECTED, isInstanceName } from '../config/instance.ts'
import { tableLines } from '../text/terminal.ts'
import {
  type ChosenOptions,
  COMMANDS,
  type CommandArgument,
  type CommandOption,
  type ControlCommand,
} from './commands.ts'
import { LOCAL_COMMANDS, type LocalCommandName } from './local-commands.ts'

/** How the command line names the daemon. */
export interface DaemonChoice {
  readonly socket?: string
  readonly config?: string
  /** One of several with that configuration. */
  readonly instance?: string
  /** Each of them, and one without a name. */
  readonly all?: true
}

type Run = (command: ControlCommand, options: ChosenOptions, choice: DaemonChoice) => Promise<void>

type RunLocal = (name: LocalCommandName, chosen: ChosenOptions, choice: DaemonChoice) => Promise<void>

/** What rows of both tables say to commander. */
interface CommandRow {
  readonly name: string
  readonly summary: string
  readonly description: string
  readonly arguments?: readonly (Omit<CommandArgument, 'parse'> & Partial<CommandArgument>)[]
  readonly options: readonly CommandOption[]
}

/**
 * The command line of webserverctl, made from the tables of commands; `run` or `runLocal` is called with the one
 * that was given.
 */
export function controlProgram(version: string, run: Run, runLocal: RunLocal): Command {
  const program = new Command('webserverctl')
    .description('Operates a running webserver through its control socket.')
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .usage('[options] <command>')
    .addOption(new Option('--socket <path>', 'control socket of the daemon').conflicts('config'))
    .option('--config <file>', 'configuration that names the control socket')
    .addOption(
      new Option('--instance <name>', 'which one of several with that configuration')
        .conflicts(['socket', 'all'])
        .argParser(takeInstance),
    )
    .option('--all', 'every instance with that configuration, one after the other')
    .configureHelp({
      styleTitle: title => styleText('bold', title),
      helpWidth: 80,
    })
    .showHelpAfterError(`Try 'webserverctl --help'`)
    .configureOutput({ outputError: (text, write) => write(withBetterAdvice(text)) })
    .exitOverride()
    .addHelpText('after', epilogue)

  for (const command of COMMANDS) {
    addCommand(program, command, options => run(command, options, program.opts<DaemonChoice>()))
  }
  for (const command of LOCAL_COMMANDS) {
    addCommand(program, command, chosen => runLocal(command.name, chosen, program.opts<DaemonChoice>()))
  }
  return program
}

function takeInstance(name: string): string {
  if (isInstanceName(name)) return name
  throw new InvalidArgumentError(INSTANCE_EXPECTED)
}

function addCommand(
  program: Command,
  { name, summary, description, arguments: parameters = [], options }: CommandRow,
  act: (chosen: ChosenOptions) => Promise<void>,
): void {
  const subcommand = program.command(name).summary(summary).description(description)
  for (const parameter of parameters) {
    if (parameter.parse === undefined) subcommand.argument(parameter.name, parameter.summary)
    else subcommand.argument(parameter.name, parameter.summary, parameter.parse)
  }
  for (const { flags, summary, required, conflicts, parse } of options) {
    const option = new Option(flags, summary).makeOptionMandatory(required === true)
    if (parse !== undefined) option.argParser(parse)
    subcommand.addOption(conflicts === undefined ? option : option.conflicts(conflicts))
  }
  subcommand.action(() => {
    const values = subcommand.registeredArguments.map((argument, index) => [
      argument.name(),
      subcommand.processedArgs[index],
    ])
    return act({ ...Object.fromEntries(values), ...subcommand.opts() })
  })
}

/** What is meant by commands of other programs, which are not to be taken for what they look like. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ['top', 'turns --follow'],
  ['ps', 'turns'],
  ['start', 'systemctl start webserver'],
  ['restart', 'systemctl restart webserver'],
  ['graceful', 'reload'],
  ['configtest', 'webserver --check'],
  ['check', 'webserver --check'],
])

/** What commander says of a command that is unknown, with what is meant by it where that is known. */
function withBetterAdvice(text: string): string {
  const [, name = ''] = /unknown command '([^']*)'/.exec(text) ?? []
  const meant = MEANT.get(name)
  if (meant === undefined) return text
  return `error: unknown command '${name}'\n(Did you mean ${meant}?)\n`
}

/** Examples of commands, and what they do. */
export const EXAMPLES = [
  ['webserverctl status', 'what the server is doing'],
  ['webserverctl status --json | jq .turn', 'the same, for programs'],
  ['webserverctl turns --follow', 'who is served, and who waits'],
  ['webserverctl trace 10 -o turn.json', 'ten seconds as a timeline'],
  ['webserverctl reload', 'put what you edited in force'],
  ['webserverctl --all reload', 'the same in each instance'],
  ['webserverctl drain --wait=90', 'have a balancer send no more'],
  ['webserverctl --socket /run/web.sock stop', 'stop that server'],
  ['webserverctl precompress', 'compress what is served, once'],
  ['webserverctl password users.htpasswd bob', 'set the password of a user'],
  ['webserverctl certificate --self-signed a.lan', 'try HTTPS'],
] as const

/** The exit codes and their meanings. */
export const EXIT_CODES = [
  ['0', 'done'],
  ['1', 'failed, or the configuration was refused'],
  ['2', 'wrong usage'],
  ['3', 'the server is not running'],
] as const

function epilogue(): string {
  return `\n${list('Examples:', EXAMPLES)}\n${list('Exit codes:', EXIT_CODES)}`
}

function list(title: string, rows: readonly (readonly [string, string])[]): string {
  const lines = tableLines(rows).map(line => `  ${line}\n`)
  return `${styleText('bold', title)}\n${lines.join('')}`
}
