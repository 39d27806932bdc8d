import { readFileSync, statSync } from 'node:fs'
import { codeOf } from '../errors.ts'
import { formatDuration } from '../text/quantities.ts'
import { printable } from '../text/terminal.ts'
import type { ControlCommand } from './commands.ts'
import type { CallOutcome } from './control-client.ts'
import type { UsableSocket } from './find-socket.ts'

type Failure = Exclude<CallOutcome, { readonly kind: 'reply' }>

/** Says why the daemon did not do what it was asked for, and what to do about it: whole lines without the last LF. */
export function callFailure(failure: Failure, command: ControlCommand, socket: UsableSocket): string {
  const socketPath = socket.path
  switch (failure.kind) {
    case 'not running':
      return `webserver is not running: nothing answers at "${socketPath}"${doubt(socket)}`
    case 'deaf':
      return `webserver runs (pid ${failure.pid}), but nothing answers at "${socketPath}": if it was deleted, the server makes it again within 10 s, or at once by "kill -HUP ${failure.pid}"; if something else stands there, move that away`
    case 'forbidden':
      return `Permission denied at "${socketPath}": ${howToBeAllowed(socketPath)}`
    case 'late':
      return `No reply within ${formatDuration(command.deadline * 1000)}: ${WHY_LATE[command.name] ?? 'the server may still be at work, try "webserverctl status"'}`
    case 'closed':
      return 'Expected a reply, got the end of the connection: the server has just stopped; try again'
    case 'foreign':
      return `Expected a webserver at "${socketPath}", got an answer of something else: see what listens there`
    case 'busy':
      return `Cannot ${command.name}: ${printable(failure.message)}; try again when some of them are done`
    case 'unknown':
      return `The running server does not know "${command.name}": it is of another version, restart it`
    case 'error':
      return `Cannot ${command.name}: ${printable(failure.message)}, see the error log`
    default:
      return failure satisfies never
  }
}

const HELD_UP =
  'the server is held up, perhaps by a disk that does not answer; systemd ends it then, and so does "kill -KILL"'

/** Commands that a server answers at once, unless it is held up. */
const WHY_LATE: Readonly<Record<string, string>> = { status: HELD_UP, turns: HELD_UP }

function doubt(socket: UsableSocket): string {
  if (socket.kind === 'found') return ''
  return `\n"${socket.file}" cannot be loaded and may mean another: name the control socket with --socket PATH`
}

function howToBeAllowed(socketPath: string): string {
  const group = groupOf(socketPath)
  if (group === undefined || group === 'root') return 'run this as root'
  return `run this as root, or join the group with "usermod -aG ${group} YOUR-NAME" and log in again`
}

/** The name of the group of a file; undefined where that may not be known. */
function groupOf(path: string): string | undefined {
  try {
    const { gid } = statSync(path)
    const entries = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .map(line => line.split(':'))
    return entries.find(([, , id]) => id === `${gid}`)?.[0]
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EACCES' || code === 'ENOENT') return undefined
    throw error
  }
}
