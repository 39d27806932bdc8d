import type { Argument, Command, Help, Option } from 'commander'
import type { DaemonStatus } from '../../src/control/daemon.ts'
import { callFailure } from '../../src/ctl/call-failure.ts'
import { COMMANDS } from '../../src/ctl/commands.ts'
import { controlProgram, EXAMPLES, EXIT_CODES } from '../../src/ctl/program.ts'
import { formatDuration } from '../../src/text/quantities.ts'
import type { TurnListEntry } from '../../src/turn/turn-list.ts'
import { VERSION } from '../../src/version.ts'
import { type Block, compactList, example, type Item, list, type Page } from './page.ts'
import { escapeArgument } from './roff.ts'

const SOCKET = '/run/webserver/webserver.sock'

/** What there is to say of a command besides its description. */
export const COMMAND_DETAILS: Readonly<Record<string, readonly string[]>> = {
  status: [
    'Hand-overs is how often a response was set aside for another, Longest wait the longest that a request has waited for its turn since the start; Last minute tells what half, 90 % and 99 % of the turns have waited and lasted at most.',
    'A log that is failing has lost lines because the disk would not take them; the last error stands below it.',
  ],
  turns: [
    'Of a long queue the first requests are shown, 100 in all. With `--follow` it looks twice a second, on a terminal in the same place, otherwise one report below the other.',
  ],
  reload: [
    'Everything can be changed by a reload, addresses, logs and the control socket too. It shows the directives whose values have changed.',
  ],
  drain: [
    'What a connection is sent next is its last response, by `Connection: close`; one that is idle ends when it asks, or with `KeepAliveTimeout`. With `--wait` it looks four times a second; the checks of a balancer are connections too.',
  ],
  stop: ['Responses that are not finished after 10 seconds are broken off.'],
  precompress: [
    'Files count whose type promises a gain, such as text, from 256 bytes on; a copy is kept if it saves a tenth at least. With a *folder* and without `--config` no configuration is read, and `AddType` counts for nothing. The work is done at the lowest priority, on all processors. A copy has the owner and the mode of its file, and notes its size and time, so that one of another version is made anew.',
  ],
  password: [
    'All other lines of the file stay as they are. It is replaced at once, and is for owner and group alone: one that is new has mode 0640, and when root makes it the group `webserver`, if there is one, so that the server can read it; one that was there keeps owner and group. A password has 72 bytes at most, all that bcrypt looks at. The exit status of `--verify` is 0 for the right password and 1 for any other.',
  ],
  certificate: [
    'A *host* is a name, which may begin with `*.`, or an IP address; the files are called by the first, with `.pem` for the certificate and `.key` for the key, which is of the curve P-256. Both are for owner and group alone, as those of `password` are. The certificate lasts 199 days.',
  ],
}

/** webserverctl(1), from the tables of its commands. */
export function webserverctlPage(): Page {
  const program = controlProgram(
    VERSION,
    async () => {},
    async () => {},
  )
  const help = program.createHelp()
  return {
    name: 'webserverctl',
    section: 1,
    description: 'operate a running webserver',
    sections: [
      { title: 'SYNOPSIS', blocks: SYNOPSIS },
      {
        title: 'DESCRIPTION',
        blocks: [...DESCRIPTION, compactList(help.visibleOptions(program).map(optionRow))],
      },
      {
        title: 'COMMANDS',
        blocks: [list(help.visibleCommands(program).map(each => commandItem(each, help)))],
      },
      { title: 'JSON', blocks: JSON_OUTPUT },
      { title: 'CONTROL SOCKET', blocks: CONTROL_SOCKET },
      { title: 'ENVIRONMENT', blocks: ENVIRONMENT },
      { title: 'FILES', blocks: FILES },
      { title: 'EXIT STATUS', blocks: EXIT_STATUS },
      { title: 'EXAMPLES', blocks: EXAMPLE_BLOCKS },
      { title: 'DIAGNOSTICS', blocks: diagnostics() },
      {
        title: 'SEE ALSO',
        blocks: [
          '`jq(1)`, `openssl(1)`, `webserver.conf(5)`, `unix(7)`, `logrotate(8)`, `usermod(8)`, `webserver(8)`',
        ],
      },
    ],
  }
}

const SYNOPSIS: readonly Block[] = [
  {
    kind: 'source',
    lines: [
      '.Nm',
      '.Op Fl \\-socket Ar path | Fl \\-config Ar file',
      '.Op Fl \\-instance Ar name | Fl \\-all',
      '.Ar command',
      '.Op Ar option ...',
      '.Op Ar argument',
    ],
  },
]

const DESCRIPTION: readonly Block[] = [
  'This command tells a running `webserver(8)` what to do, and shows what it is doing. It finds the server through the control socket that the configuration names, and is answered at once, also while a long download is in service. It does not speak HTTP.',
  'Neither mistakes in that configuration nor files in it that only the server may use keep it from finding the socket: what `ServerRoot` and `ControlSocket` say there is enough.',
  'Of several servers with one configuration (SEVERAL INSTANCES of `webserver(8)`) `--instance` names one. With `--all` each is asked, one after the other: those whose control sockets stand beside that of the configuration, and one without a name if there is one. Each answer stands under the name that systemd has for the server, as `webserver@1`; with `--json` it is one line, in which `instance` is the name. The exit status is that of the first that has failed; the others are asked all the same.',
  'The options are as follows, and stand before the command:',
]

function optionRow(option: Option): readonly [string, string] {
  const names = [option.short, option.long].filter(name => name != null).map(name => `\`${name}\``)
  const value = valueNameOf(option)
  return [`${names.join(', ')}${value === undefined ? '' : ` *${value}*`}`, sentence(option.description)]
}

function commandItem(command: Command, help: Help): Item {
  const name = command.name()
  const parameters = command.registeredArguments
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help')
  const rows = [
    ...parameters.filter(({ description }) => description !== '').map(argumentRow),
    ...options.map(optionRow),
  ]
  return {
    head: { macros: [`Ic ${name}`, ...options.map(optionUsage), ...parameters.map(argumentUsage)].join(' ') },
    blocks: [
      sentence(command.description()),
      ...(COMMAND_DETAILS[name] ?? []),
      ...patienceOf(name),
      ...(rows.length === 0 ? [] : [compactList(rows)]),
    ],
  }
}

/** How long a command that is over with its reply waits for that. */
function patienceOf(name: string): string[] {
  const row = COMMANDS.find(command => command.name === name)
  if (row === undefined || row.notice !== undefined) return []
  return [`It waits for the reply of the server for ${formatDuration(row.deadline * 1000)} at most.`]
}

function argumentRow(argument: Argument): readonly [string, string] {
  return [`*${argument.name()}*`, sentence(argument.description)]
}

function optionUsage(option: Option): string {
  const value = valueNameOf(option)
  const name = (option.short ?? option.long ?? '').slice(1)
  const given = option.optional ? ` Oo Ar ${value} Oc` : ` Ar ${value}`
  const usage = `Fl ${escapeArgument(name)}${value === undefined ? '' : given}`
  return option.mandatory ? usage : `Oo ${usage} Oc`
}

function argumentUsage(argument: Argument): string {
  return argument.required ? `Ar ${argument.name()}` : `Oo Ar ${argument.name()} Oc`
}

/** What stands in brackets in the flags. */
function valueNameOf({ flags }: Option): string | undefined {
  return /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1]
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`
}

const STATUS_MEMBERS: Readonly<Record<keyof DaemonStatus, string>> = {
  version: 'Of the server.',
  instance: 'Its name, where it is one of several with the same configuration; null where not.',
  pid: 'Of its process.',
  startedAt: 'When it was started.',
  state: '`running`, `draining` once `drain` was asked for, or `stopping` once a stop was.',
  drainingSince: 'When `drain` was asked for, or null.',
  configuration: 'Its file, when it was loaded (loadedAt), and how many reloads there were (reloads).',
  listening: 'A list of addresses with their ports, and of Unix sockets as `unix:` and their path.',
  documentRoot: 'The folder that is served.',
  documentRootProblem:
    'Why it cannot be served, as when it is gone; `null` as long as it can. It is looked at every 5 s.',
  certificates:
    'Of each that is shown over HTTPS its file, the names it is for (names), and until when it is valid (validUntil).',
  requests:
    'How many there were (total), by the class of their status (byClass, from 1xx to 5xx), and the bytes sent (bytesSent).',
  connections:
    'How many are open, were accepted, and may be open at a time (maximum, maximumPerAddress); how many handshakes have failed over HTTPS (handshakesFailed); how many clients were turned away (turnedAway) because all connections (full), all of their address (perAddress) or all file descriptors (descriptors) were taken.',
  turn: 'The request in service (inService) or null; how many are waiting and set aside (setAside); handOvers; longestWait; of the last minute (lastMinute) the count, p50, p90, p99 and max of wait and service, or null when there were no turns; and maxWait in ms, or null for `off`.',
  fileCache: 'How many files are in memory, their bytes, and the maximum.',
  logs: 'Of each log its path, its state (`ok` or `failing`), how many lines were lost since the start (linesLost), and lastError or null.',
  memory: 'Of the process: resident, and heapUsed.',
}

const TURN_MEMBERS: Readonly<Record<keyof TurnListEntry, string>> = {
  state: '`in service`, `waiting` or `set aside`.',
  duration: 'How long it has been so.',
  remoteAddress: 'Of the client; `unix:` at a Unix socket.',
  requestLine: 'As it was received, with bytes that are not printable escaped.',
  since: 'When it arrived.',
  bytesSent: 'Of the response.',
  bytesTotal: 'Of the response, its head included; null while that is undecided.',
}

const JSON_OUTPUT: readonly Block[] = [
  'Times are milliseconds since 1970, durations are microseconds unless something else is said, sizes are bytes. All of it is ASCII. `webserverctl status --json` prints an object with these members:',
  compactList(Object.entries(STATUS_MEMBERS)),
  '`webserverctl turns --json` prints an object with the numbers of those waiting and set aside (setAside), and a list of requests with these members:',
  compactList(Object.entries(TURN_MEMBERS)),
]

const CONTROL_SOCKET: readonly Block[] = [
  'The socket belongs to the user and the group of the server and has mode 0660. Root may use it, and so may whoever is of that group, who can then also stop the server. In an installation the group is `webserver`; this lets somebody in at their next login:',
  example('usermod -aG webserver NAME'),
  'The daemon takes JSON-RPC 2.0, one object a line: the name of a command is the method, and its result is what is printed as JSON. A connection carries one request of at most 64 KiB, which must come within 5 seconds, and its reply. 16 clients are served at a time, and four of them with the same command; for one more, the one that has asked nothing for longest is sent away, with an error of code -32000. An id that is a number must be one that JavaScript can hold. `trace` takes *seconds* in its params, and sends notifications of its own name before the reply; who has seen enough shuts down the sending side.',
  example(`echo '{"jsonrpc":"2.0","id":1,"method":"status"}' |`, `    nc -N -U ${SOCKET}`),
]

const ENVIRONMENT: readonly Block[] = [
  compactList([
    ['`NO_COLOR`', 'If it is set, nothing is coloured on a terminal.'],
    ['`TZ`', 'The time zone of the times that are shown.'],
  ]),
]

const FILES: readonly Block[] = [
  compactList([
    [
      '`/etc/webserver/webserver.conf`',
      'The configuration that names the control socket, unless another is given.',
    ],
    [`\`${SOCKET}\``, 'The control socket of an installation.'],
  ]),
]

const EXIT_STATUS: readonly Block[] = [
  compactList(EXIT_CODES.map(([code, text]) => [code, sentence(text)])),
  'When a signal ends `precompress`, it is 128 and the number of the signal.',
]

const EXAMPLE_BLOCKS: readonly Block[] = [
  ...EXAMPLES.flatMap(([line, text]) => [`${sentence(text).slice(0, -1)}:`, example(line)]),
  'Have `logrotate(8)` move the logs, with these lines in its configuration:',
  example('postrotate', '    webserverctl reopen', 'endscript'),
]

/** Why a command may fail, as it says so itself, and what is behind it. */
function diagnostics(): Block[] {
  const [command] = COMMANDS
  if (command === undefined) throw new Error('There is no command')
  const explain = (kind: 'not running' | 'late' | 'closed' | 'foreign' | 'unknown') =>
    callFailure({ kind }, command, { kind: 'found', path: SOCKET })
  return [
    list([
      {
        head: `\`${explain('not running')}\``,
        blocks: ['Start it, or name the control socket of the server you mean. The exit status is 3.'],
      },
      {
        head: `\`Permission denied at "${SOCKET}"\``,
        blocks: ['The message says how to be allowed: as root, or as a member of the group of the socket.'],
      },
      {
        head: `\`${explain('late')}\``,
        blocks: ['A reload or a stop goes on even if nobody waits for its reply any more.'],
      },
      {
        head: `\`${explain('closed')}\``,
        blocks: ['`systemctl status webserver`, or the error log, tells why it has stopped.'],
      },
      {
        head: '`Cannot trace: 4 clients have asked for it already`',
        blocks: [
          'So many may record, reload or wait for a stop at a time. Another command is answered meanwhile.',
        ],
      },
      { head: `\`${explain('foreign')}\``, blocks: ['The path is that of the socket of another program.'] },
      {
        head: `\`${explain('unknown')}\``,
        blocks: ['The package was upgraded and the server has not been restarted since.'],
      },
    ]),
  ]
}
