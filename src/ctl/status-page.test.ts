import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters, styleText } from 'node:util'
import { BUSY, BUSY_NOW } from '../../test/support/fake-daemon.ts'
import { formatTime } from '../text/quantities.ts'
import type { Terminal } from './report.ts'
import { statusPage } from './status-page.ts'

const plain: Terminal = { columns: 80, now: BUSY_NOW, paint: (_style, text) => text }
const coloured: Terminal = {
  ...plain,
  paint: (style, text) => styleText(style, text, { validateStream: false }),
}

const HOSTILE = '\x1b]0;owned\x07\x1b[2J\n'.repeat(20)
const hostile = {
  ...BUSY,
  documentRoot: HOSTILE,
  certificates: [{ file: HOSTILE, names: [HOSTILE], validUntil: 0 }],
  turn: {
    ...BUSY.turn,
    inService: { remoteAddress: HOSTILE, requestLine: HOSTILE, since: 0, bytesSent: 0, bytesTotal: 1 },
  },
  logs: [{ path: HOSTILE, state: 'failing', linesLost: 1, lastError: HOSTILE }],
} as const

test('is green for a server that runs, and yellow for one that stops', () => {
  const paint: Terminal['paint'] = (style, text) => (text === '●' ? `<${style}>` : text)
  assert.match(statusPage(BUSY, { ...plain, paint }), /^<green> webserver 1\.2\.3 is running/)
  assert.match(
    statusPage({ ...BUSY, state: 'stopping' }, { ...plain, paint }),
    /^<yellow> webserver 1\.2\.3 is stopping/,
  )
})

test('tells how many clients were turned away for which reason, and none only if there were none', () => {
  const told = (turnedAway: Partial<typeof BUSY.connections.turnedAway>) => {
    const none = { full: 0, perAddress: 0, descriptors: 0 }
    const connections = { ...BUSY.connections, turnedAway: { ...none, ...turnedAway } }
    return /^ {2}Turned away {4}(.*)$/m.exec(statusPage({ ...BUSY, connections }, plain))?.[1]
  }
  assert.equal(told({}), 'none')
  assert.equal(told({ full: 3 }), '3 when full, 0 for their address')
  assert.equal(told({ full: 3, perAddress: 3 }), '3 when full, 3 for their address')
  assert.equal(
    told({ perAddress: 3, descriptors: 3 }),
    '0 when full, 3 for their address, 3 for want of descriptors',
  )
  assert.equal(told({ descriptors: 2 }), '0 when full, 0 for their address, 2 for want of descriptors')
})

test('shows certificates with their names and days, in colour where there are few', () => {
  const DAY = 86_400_000
  const paint: Terminal['paint'] = (style, text) => `<${style}>${text}`
  const daysLeft = (days: number) => {
    const certificates = [
      { file: '/etc/a.pem', names: ['a.example', 'b.example'], validUntil: BUSY_NOW + days * DAY },
    ]
    const connections = { ...BUSY.connections, handshakesFailed: 1234 }
    return statusPage({ ...BUSY, certificates, connections }, { ...plain, paint })
  }
  const until = (days: number) => `until ${formatTime(BUSY_NOW + days * DAY)}`
  assert.ok(
    daysLeft(30).includes(
      `Certificates   a.example, b.example\n                 ${until(30)}, 30 days left\n`,
    ),
  )
  assert.match(daysLeft(30), /Handshakes {5}1,234 failed\n/)
  assert.ok(daysLeft(20).includes(`<yellow>${until(20)}, 20 days left`))
  assert.ok(daysLeft(1).includes(`<red>${until(1)}, 1 day left`))
  assert.ok(daysLeft(-1).includes(`<red>${until(-1)}, expired`))
  assert.doesNotMatch(statusPage(BUSY, plain), /Certificates|Handshakes/)
})

test('shows what the server is doing, has done and suffers from on one page', () => {
  assert.equal(
    statusPage(BUSY, plain),
    `● webserver 1.2.3 is running, up 4 d 4 h

  Up since       ${formatTime(BUSY.startedAt)}
  Process        pid 4242, 80 MiB resident, 20 MiB of heap
  Addresses      0.0.0.0:8080
                 [::]:8080
  Document root  /srv/www
  Configuration  /etc/webserver/webserver.conf
                 loaded ${formatTime(BUSY.configuration.loadedAt)}, 1 min 30 s ago, 2 reloads

  In service     GET /big.iso HTTP/1.1
                 from 192.0.2.7, 2.5 s ago, 14 of 64 MiB sent
  Waiting        3 requests
  Set aside      1 download
  Hand-overs     17
  Longest wait   12.3 ms, MaxWait 20 ms
  Last minute    p50    p90      p99      max
    wait         1 µs   850 µs   12.3 ms  20.1 ms
    service      40 µs  1.25 ms  59.9 ms  5 min 12 s

  Requests       1,234,567 served, 5 GiB sent
                 2xx 1,200,000   3xx 34,000   4xx 567
  Connections    12 of 1,024 open, 45,678 accepted, at most 20 per address
  Turned away    5 when full, 1,234 for their address
  File cache     1 file, 1.5 KiB of 64 MiB

  Logs           ok       /var/log/webserver/access.log
                 failing  /var/log/webserver/error.log
                          9 lines lost
                          ENOSPC: disk full
`,
  )
})

test('tells no negative age after the clock was set back', () => {
  const page = statusPage({ ...BUSY, startedAt: BUSY_NOW + 60_000 }, plain)
  assert.match(page, /, up 0 \S+\n/)
})

test('shows a log that fails in red', () => {
  assert.ok(statusPage(BUSY, coloured).includes('\x1b[31mfailing  /var/log/webserver/error.log\x1b[39m'))
})

test('says so when nothing is in service, waiting or limited', () => {
  const turn = {
    ...BUSY.turn,
    inService: null,
    waiting: 0,
    lastMinute: { wait: null, service: null },
    maxWait: null,
  }
  const connections = {
    ...BUSY.connections,
    maximumPerAddress: null,
    turnedAway: { full: 0, perAddress: 0, descriptors: 0 },
  }
  const idle = { ...BUSY, turn, connections, listening: [] }
  const page = statusPage(idle, plain)
  assert.match(page, /In service +none\n/)
  assert.match(page, /Waiting +none\n/)
  assert.match(page, /MaxWait off\n/)
  assert.match(page, /Last minute +no turns\n/)
  assert.match(page, /45,678 accepted\n/)
  assert.match(page, /Turned away +none\n/)
  assert.match(page, /Addresses +none\n/)
})

test('stays within the columns of the terminal, with colours too', () => {
  for (const columns of [80, 60]) {
    const page = statusPage(hostile, { ...coloured, columns })
    for (const line of stripVTControlCharacters(page).split('\n')) assert.ok(line.length <= columns, line)
  }
})

test('lets no byte of a client reach the terminal raw', () => {
  assert.doesNotMatch(statusPage(hostile, plain), /[^\P{Cc}\n]/u)
})
