import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../../test/support/wait.ts'
import { HandshakeLine } from './handshake-line.ts'

test('handshakes begin in their order, each in a turn of the event loop of its own', async () => {
  const line = new HandshakeLine()
  const events: string[] = []
  const turn = () => {
    events.push('-')
    if (events.filter(event => event !== '-').length < 6) setImmediate(turn)
  }
  for (const name of ['a', 'b', 'c']) line.enter(() => void events.push(name))
  setImmediate(turn)
  await until(() => events.includes('c'), 'all that wait')
  line.enter(() => {
    events.push('d')
    line.enter(() => void events.push('f'))
  })
  line.enter(() => void events.push('e'))
  await until(() => events.at(-1) === '-' && events.includes('f'), 'all that have come since')
  assert.match(events.join(''), /^-*a-+b-+c-+d-+e-+f-+$/)
})
