import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
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

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

test('a handshake that has begun is forgotten, though there is always another that waits', async () => {
  const line = new HandshakeLine()
  const begun: WeakRef<() => void>[] = []
  const enter = () => {
    const begin = () => {
      begun.push(new WeakRef(begin))
      if (begun.length < 100) enter()
    }
    line.enter(begin)
  }
  enter()
  enter()
  await until(() => begun.length >= 50, 'many handshakes')
  await nextTurn()
  collectGarbage()
  const kept = begun.slice(0, 40).filter(each => each.deref() !== undefined)
  assert.equal(kept.length, 0)
})
