import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Gate } from './gate.ts'

const settle = () => new Promise(resolve => setImmediate(resolve))

test('Many go through together; one who wants to be alone waits for them, and those who come later wait for it', async () => {
  const gate = new Gate()
  const events: string[] = []
  const first = await gate.enter()
  const second = await gate.enter()
  const alone = gate.enterAlone().then(pass => {
    events.push('alone')
    return pass
  })
  const later = gate.enter().then(() => events.push('later'))
  first[Symbol.dispose]()
  await settle()
  assert.deepEqual(events, [])
  second[Symbol.dispose]()
  const pass = await alone
  await settle()
  assert.deepEqual(events, ['alone'])
  pass[Symbol.dispose]()
  await later
  assert.deepEqual(events, ['alone', 'later'])
})

test('Several who want to be alone are so one after another', async () => {
  const gate = new Gate()
  let inside = 0
  const visit = async () => {
    using _pass = await gate.enterAlone()
    inside++
    assert.equal(inside, 1)
    await settle()
    inside--
  }
  await Promise.all([visit(), visit(), visit()])
})
