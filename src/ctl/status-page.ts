import type { DaemonStatus, LogStatus } from '../control/daemon.ts'
import {
  formatCount,
  formatDuration,
  formatNumberOf,
  formatProgress,
  formatSize,
  formatTime,
} from '../text/quantities.ts'
import { fit, printable, tableLines } from '../text/terminal.ts'
import type { Quantiles } from '../turn/last-minute.ts'
import type { RequestSummary } from '../turn/turn-list.ts'
import type { Style, Terminal } from './report.ts'

/** A label and the lines beside it. */
interface Row {
  readonly label: string
  readonly lines: readonly PageLine[]
}

interface PageLine {
  readonly text: string
  readonly style?: Style | undefined
  /** Where to cut a line that is too long; the ends of a path tell more than its middle. */
  readonly cut?: 'end' | 'middle'
}

const INDENT = '  '
const LABEL_WIDTH = 15

/** The state of a server as a page for people, which fits the columns of the terminal. */
export function statusPage(status: DaemonStatus, terminal: Terminal): string {
  const groups = [
    [...serverRows(status, terminal.now), ...certificateRows(status, terminal.now)],
    turnRows(status, terminal.now),
    totalRows(status),
    logRows(status),
  ]
  const lines = groups.flatMap(rows => ['', ...rows.flatMap(row => renderRow(row, terminal))])
  return [headline(status, terminal), ...lines].map(line => `${line}\n`).join('')
}

function headline(status: DaemonStatus, terminal: Terminal): string {
  const style = status.state === 'running' ? 'green' : 'yellow'
  const instance = status.instance === null ? '' : `, instance ${printable(status.instance)},`
  const text = `webserver ${printable(status.version)}${instance} is ${status.state}, up ${age(status.startedAt, terminal.now)}`
  return `${terminal.paint(style, '●')} ${terminal.paint('bold', fit(text, terminal.columns - 2))}`
}

function serverRows(status: DaemonStatus, now: number): Row[] {
  const { file, loadedAt, reloads } = status.configuration
  const { resident, heapUsed } = status.memory
  const reloaded = reloads === 0 ? '' : `, ${formatNumberOf(reloads, 'reload')}`
  const loaded = `loaded ${formatTime(loadedAt)}, ${age(loadedAt, now)} ago${reloaded}`
  return [
    row('Up since', formatTime(status.startedAt)),
    row('Process', `pid ${status.pid}, ${formatSize(resident)} resident, ${formatSize(heapUsed)} of heap`),
    ...drainingRows(status, now),
    { label: 'Addresses', lines: status.listening.map(address => ({ text: address })) },
    { label: 'Document root', lines: rootLines(status) },
    { label: 'Configuration', lines: [{ text: file, cut: 'middle' }, { text: loaded }] },
  ]
}

function drainingRows({ drainingSince }: DaemonStatus, now: number): Row[] {
  if (drainingSince === null) return []
  return [row('Draining since', `${formatTime(drainingSince)}, ${age(drainingSince, now)} ago`)]
}

const DAY = 86_400_000

/** None without certificates. */
function certificateRows({ certificates, connections }: DaemonStatus, now: number): Row[] {
  if (certificates.length === 0) return []
  const lines = certificates.flatMap(({ file, names, validUntil }): PageLine[] => {
    const days = Math.floor((validUntil - now) / DAY)
    const left = days < 0 ? 'expired' : `${formatNumberOf(days, 'day')} left`
    const style = days < 7 ? 'red' : days < 21 ? 'yellow' : undefined
    return [
      { text: names.length === 0 ? file : names.join(', ') },
      { text: `until ${formatTime(validUntil)}, ${left}`, style },
    ]
  })
  return [
    { label: 'Certificates', lines },
    row('Handshakes', `${formatCount(connections.handshakesFailed)} failed`),
  ]
}

function rootLines({ documentRoot, documentRootProblem }: DaemonStatus): PageLine[] {
  const line: PageLine = { text: documentRoot, cut: 'middle' }
  if (documentRootProblem === null) return [line]
  return [
    { ...line, style: 'red' },
    { text: `cannot be served: ${documentRootProblem}`, style: 'red' },
  ]
}

function turnRows({ turn }: DaemonStatus, now: number): Row[] {
  const maxWait = turn.maxWait === null ? 'off' : formatDuration(turn.maxWait * 1000)
  return [
    { label: 'In service', lines: inServiceLines(turn.inService, now) },
    row('Waiting', turn.waiting === 0 ? 'none' : formatNumberOf(turn.waiting, 'request')),
    row('Set aside', turn.setAside === 0 ? 'none' : formatNumberOf(turn.setAside, 'download')),
    row('Hand-overs', formatCount(turn.handOvers)),
    row('Longest wait', `${formatDuration(turn.longestWait)}, MaxWait ${maxWait}`),
    ...lastMinuteRows(turn.lastMinute),
  ]
}

const QUANTILES = ['p50', 'p90', 'p99', 'max'] as const

function lastMinuteRows({ wait, service }: DaemonStatus['turn']['lastMinute']): Row[] {
  if (wait === null && service === null) return [row('Last minute', 'no turns')]
  const [heading = '', ofWait = '', ofService = ''] = tableLines([QUANTILES, cells(wait), cells(service)])
  return [row('Last minute', heading), row('  wait', ofWait), row('  service', ofService)]
}

function cells(quantiles: Quantiles | null): string[] {
  return quantiles === null ? ['none'] : QUANTILES.map(name => formatDuration(quantiles[name]))
}

function inServiceLines(request: RequestSummary | null, now: number): PageLine[] {
  if (request === null) return [{ text: 'none' }]
  const { requestLine, remoteAddress, since, bytesSent, bytesTotal } = request
  const sent = bytesTotal === null ? formatSize(bytesSent) : formatProgress(bytesSent, bytesTotal)
  return [{ text: requestLine }, { text: `from ${remoteAddress}, ${age(since, now)} ago, ${sent} sent` }]
}

function totalRows({ requests, connections, fileCache }: DaemonStatus): Row[] {
  const { open, accepted, maximum, maximumPerAddress, turnedAway } = connections
  const perAddress =
    maximumPerAddress === null ? '' : `, at most ${formatCount(maximumPerAddress)} per address`
  const classes = Object.entries(requests.byClass).filter(([, count]) => count > 0)
  const byClass = classes.map(([name, count]) => `${name} ${formatCount(count)}`).join('   ')
  const served = `${formatCount(requests.total)} served, ${formatSize(requests.bytesSent)} sent`
  const cached = `${formatSize(fileCache.bytes)} of ${formatSize(fileCache.maximum)}`
  return [
    { label: 'Requests', lines: byClass === '' ? [{ text: served }] : [{ text: served }, { text: byClass }] },
    row(
      'Connections',
      `${formatCount(open)} of ${formatCount(maximum)} open, ${formatCount(accepted)} accepted${perAddress}`,
    ),
    row('Turned away', turnedAwayText(turnedAway)),
    row(
      'File cache',
      fileCache.maximum === 0 ? 'off' : `${formatNumberOf(fileCache.files, 'file')}, ${cached}`,
    ),
  ]
}

function turnedAwayText({
  full,
  perAddress,
  descriptors,
}: DaemonStatus['connections']['turnedAway']): string {
  if (full + perAddress + descriptors === 0) return 'none'
  const most = `${formatCount(full)} when full, ${formatCount(perAddress)} for their address`
  return descriptors === 0 ? most : `${most}, ${formatCount(descriptors)} for want of descriptors`
}

function logRows({ logs }: DaemonStatus): Row[] {
  return [{ label: 'Logs', lines: logs.flatMap(logLines) }]
}

function logLines(log: LogStatus): PageLine[] {
  const style = LOG_STYLES[log.state]
  const lines: PageLine[] = [{ text: log.state.padEnd(LOG_STATE_WIDTH) + log.path, style, cut: 'middle' }]
  const margin = ' '.repeat(LOG_STATE_WIDTH)
  if (log.linesLost > 0) lines.push({ text: `${margin}${formatNumberOf(log.linesLost, 'line')} lost`, style })
  if (log.lastError !== null) lines.push({ text: margin + log.lastError, style })
  return lines
}

const LOG_STATE_WIDTH = 9
const LOG_STYLES: Readonly<Record<LogStatus['state'], Style | undefined>> = { ok: undefined, failing: 'red' }

function row(label: string, text: string): Row {
  return { label, lines: [{ text }] }
}

function renderRow({ label, lines }: Row, terminal: Terminal): string[] {
  const width = terminal.columns - INDENT.length - LABEL_WIDTH
  const shown = lines.length === 0 ? [{ text: 'none' }] : lines
  return shown.map((line: PageLine, index) => {
    const text = fit(printable(line.text), width, line.cut)
    const painted = line.style === undefined ? text : terminal.paint(line.style, text)
    const margin = index === 0 ? label.padEnd(LABEL_WIDTH) : ' '.repeat(LABEL_WIDTH)
    return `${INDENT}${index === 0 ? terminal.paint('bold', margin) : margin}${painted}`
  })
}

/** From a time to now, both milliseconds; a clock that was set back makes no negative age. */
function age(since: number, now: number): string {
  return formatDuration(Math.max(0, now - since) * 1000)
}
