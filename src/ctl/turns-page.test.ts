import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUSY_NOW, BUSY_TURN } from '../../test/support/fake-daemon.ts'
import { formatTime } from '../text/quantities.ts'
import { turnsPage } from './turns-page.ts'

const terminal = { columns: 80, now: BUSY_NOW, paint: (_style: string, text: string) => text }

test('shows who is served, who waits and who is set aside, and how many more', () => {
  assert.equal(
    turnsPage(BUSY_TURN, terminal),
    `${formatTime(BUSY_NOW)}  1 in service, 120 waiting, 1 set aside

State       For      Client           Sent             Request
in service  2.5 s    192.0.2.7        14 of 64 MiB     GET /big.iso HTTP/1.1
waiting     12.3 ms  2001…:1234:5678  0 B              GET / HTTP/1.1
set aside   59 s     192.0.2.200      0.75 of 700 MiB  GET /a/path/that/goes/on…
and 119 more requests
`,
  )
})

test('shows in one line that nobody is there', () => {
  const page = turnsPage({ waiting: 0, setAside: 0, requests: [] }, terminal)
  assert.equal(page, `${formatTime(BUSY_NOW)}  none in service, 0 waiting, 0 set aside\n`)
})

test('stays within the columns of the terminal, and lets no byte of a client reach it raw', () => {
  const hostile = '\x1b[2J\n\u202e'.repeat(20)
  const requests = BUSY_TURN.requests.map(request => ({
    ...request,
    remoteAddress: hostile,
    requestLine: hostile,
  }))
  for (const columns of [80, 60, 40]) {
    const page = turnsPage({ ...BUSY_TURN, requests }, { ...terminal, columns })
    assert.doesNotMatch(page, /[^\P{C}\n]/u)
    for (const line of page.split('\n')) assert.ok(line.length <= columns, line)
  }
})
