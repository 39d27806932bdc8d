import { formatDuration, formatNumberOf, formatProgress, formatSize, formatTime } from '../text/quantities.ts'
import { fit, printable, tableLines } from '../text/terminal.ts'
import type { TurnList, TurnListEntry } from '../turn/turn-list.ts'
import type { Terminal } from './report.ts'

/** As long as an IPv4 address can be: the request needs the columns more than an IPv6 address. */
const LONGEST_CLIENT = 15

/** The requests that have the turn, wait for it, or are set aside, as a table that fits the terminal. */
export function turnsPage(list: TurnList, terminal: Terminal): string {
  const heading = `${formatTime(terminal.now)}  ${summary(list)}`
  const lines = [terminal.paint('bold', fit(heading, terminal.columns))]
  if (list.requests.length > 0) lines.push('', ...table(list.requests, terminal), ...remainder(list))
  return lines.map(line => `${line}\n`).join('')
}

function summary({ requests, waiting, setAside }: TurnList): string {
  const served = requests.some(({ state }) => state === 'in service') ? '1 in service' : 'none in service'
  return `${served}, ${waiting} waiting, ${setAside} set aside`
}

function table(requests: readonly TurnListEntry[], terminal: Terminal): string[] {
  const rows = tableLines([['State', 'For', 'Client', 'Sent', 'Request'], ...requests.map(cells)])
  const [heading = '', ...lines] = rows.map(line => fit(line, terminal.columns))
  return [terminal.paint('bold', heading), ...lines]
}

function cells({
  state,
  duration,
  remoteAddress,
  bytesSent,
  bytesTotal,
  requestLine,
}: TurnListEntry): string[] {
  const sent = bytesTotal === null ? formatSize(bytesSent) : formatProgress(bytesSent, bytesTotal)
  const client = fit(printable(remoteAddress), LONGEST_CLIENT, 'middle')
  return [state, formatDuration(duration), client, sent, printable(requestLine)]
}

function remainder({ requests, waiting, setAside }: TurnList): string[] {
  const count = (state: TurnListEntry['state']) => requests.filter(request => request.state === state).length
  const more = waiting - count('waiting') + setAside - count('set aside')
  return more > 0 ? [`and ${formatNumberOf(more, 'more request')}`] : []
}
