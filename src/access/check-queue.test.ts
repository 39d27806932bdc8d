import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CheckQueue } from './check-queue.ts'
import type { Checker } from './checker.ts'

const HASH = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g='
const never = (error: unknown) => assert.fail(String(error))

/** Answers when it is told to. */
class SlowChecker implements Checker {
  /** The passwords that were asked for. */
  readonly asked: string[] = []
  #answer: PromiseWithResolvers<'right' | 'wrong'> | undefined

  ask(password: Buffer): Promise<'right' | 'wrong'> {
    assert.equal(this.#answer, undefined, 'one at a time')
    this.asked.push(password.toString())
    this.#answer = Promise.withResolvers()
    return this.#answer.promise
  }

  /** Once what follows from the answer before has happened. */
  async answer(answer: 'right' | 'wrong' | Error): Promise<void> {
    const pending = this.#answer
    this.#answer = undefined
    if (answer instanceof Error) pending?.reject(answer)
    else pending?.resolve(answer)
    await new Promise(resolve => setImmediate(resolve))
  }

  [Symbol.dispose](): void {}
}

test('a client that has many checks waiting delays another by one of them', async () => {
  const checker = new SlowChecker()
  const queue = new CheckQueue(checker, never)
  for (let guess = 0; guess < 5; guess++) queue.check('guesser', Buffer.from(`guess ${guess}`), HASH)
  const other = queue.check('other', Buffer.from('password'), HASH)
  for (let count = 0; count < 2; count++) await checker.answer('wrong')
  assert.deepEqual(checker.asked, ['guess 0', 'guess 1', 'password'])
  await checker.answer('right')
  assert.equal(await other, 'right')
})

test('a client has no more than eight checks waiting, and others as many as before', async () => {
  const checker = new SlowChecker()
  const queue = new CheckQueue(checker, never)
  const outcomes = Array.from({ length: 10 }, () => queue.check('guesser', Buffer.from('guess'), HASH))
  assert.equal(await outcomes[9], 'busy')
  assert.equal(queue.waiting, 8)
  queue.check('other', Buffer.from('password'), HASH)
  assert.equal(queue.waiting, 9)
})

test('when no more may wait, who has several makes room for who has none', async () => {
  const checker = new SlowChecker()
  const queue = new CheckQueue(checker, never)
  const guess = Buffer.from('guess')
  queue.check('first', guess, HASH)
  const lasts = Array.from({ length: 32 }, (_, client) => {
    for (let count = 0; count < 7; count++) queue.check(`${client}`, guess, HASH)
    return queue.check(`${client}`, guess, HASH)
  })
  assert.equal(queue.waiting, 256)
  const newcomer = queue.check('newcomer', Buffer.from('password'), HASH)
  assert.equal(queue.waiting, 256)
  assert.equal(await lasts[0], 'busy')
  for (let turn = 0; turn < 34; turn++) await checker.answer('right')
  assert.equal(await newcomer, 'right')
})

test('a check that waits too long is given up, and the one under way goes on', async () => {
  const checker = new SlowChecker()
  const queue = new CheckQueue(checker, never, 1)
  const first = queue.check('client', Buffer.from('one'), HASH)
  assert.equal(await queue.check('client', Buffer.from('two'), HASH), 'busy')
  await checker.answer('right')
  assert.equal(await first, 'right')
  assert.deepEqual(checker.asked, ['one'])
})

test('why nothing was found out is told, and the next check is made', async () => {
  const checker = new SlowChecker()
  const told: unknown[] = []
  const queue = new CheckQueue(checker, error => told.push(error))
  const outcomes = ['one', 'two'].map(password => queue.check('client', Buffer.from(password), HASH))
  const error = new Error('its process has ended')
  await checker.answer(error)
  await checker.answer('right')
  assert.deepEqual(await Promise.all(outcomes), ['failed', 'right'])
  assert.deepEqual(told, [error])
})

test('when the server ends no check is begun any more, however many of a client wait', async () => {
  const checker = new SlowChecker()
  const queue = new CheckQueue(checker, () => {})
  const outcomes = ['one', 'two', 'three'].map(password => queue.check('client', Buffer.from(password), HASH))
  queue[Symbol.dispose]()
  await checker.answer(new Error('the server has ended'))
  assert.deepEqual(checker.asked, ['one'])
  assert.deepEqual(await Promise.all(outcomes), ['failed', 'busy', 'busy'])
})
