import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { Accounts } from './accounts.ts'
import { CheckQueue } from './check-queue.ts'
import type { Checker } from './checker.ts'
import { type PasswordFile, readPasswordFile } from './password-file.ts'
import { hashKind } from './password-hash.ts'
import { verifyPassword } from './verify-password.ts'
import { WatchedFile } from './watched-file.ts'

const MINUTE = 60_000
/** Each the hash of `password`. */
const APR = ['$apr1$aaaaaaaa$sz.s5BQTSXT25IeHH09Av.', '$apr1$bbbbbbbb$HNwRxljuQtaoiBU4RB6oA/']

interface House extends Disposable {
  readonly accounts: Accounts
  readonly file: WatchedFile<PasswordFile>
  /** The hashes that were compared. */
  readonly compared: string[]
  write(lines: readonly string[]): void
  check(user: string, password: string, now: number): Promise<string>
}

function openHouse(lines: readonly string[]): House {
  const folder = temporaryFolder()
  const path = join(folder.path, 'passwords')
  const compared: string[] = []
  const checker: Checker = {
    async ask(password, hash) {
      compared.push(hash)
      const finding = verifyPassword(password, hash)
      if (finding === 'unsupported') throw new Error('unsupported')
      return finding
    },
    [Symbol.dispose]() {},
  }
  const accounts = new Accounts(new CheckQueue(checker, () => {}))
  const file = new WatchedFile(path, readPasswordFile)
  const write = (entries: readonly string[]) =>
    writeFileSync(path, entries.map(entry => `${entry}\n`).join(''))
  write(lines)
  return {
    accounts,
    file,
    compared,
    write,
    check: (user, password, now) => accounts.check(file, { user, password }, '192.0.2.1', now),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

test('right credentials are known without another check for five minutes, wrong ones never', async () => {
  using house = openHouse([`bob:${APR[0]}`])
  const now = Date.now()
  assert.equal(await house.check('bob', 'password', now), 'right')
  assert.equal(
    house.accounts.recall(house.file, { user: 'bob', password: 'password' }, now + 4 * MINUTE),
    'right',
  )
  assert.equal(house.accounts.recall(house.file, { user: 'bob', password: 'Password' }, now), undefined)
  assert.equal(house.compared.length, 1)
  assert.equal(await house.check('bob', 'Password', now), 'wrong password')
  assert.equal(await house.check('bob', 'Password', now), 'wrong password')
  assert.equal(house.compared.length, 3)
  assert.equal(await house.check('bob', 'password', now + 5 * MINUTE), 'right')
  assert.equal(house.compared.length, 4)
})

test('with another entry, or none, what was right is forgotten at once', async () => {
  using house = openHouse([`bob:${APR[0]}`])
  const now = Date.now()
  assert.equal(await house.check('bob', 'password', now), 'right')
  const credentials = { user: 'bob', password: 'password' }
  assert.equal(house.accounts.recall(house.file, credentials, now), 'right')
  house.write([`bob:${APR[1]}`])
  assert.equal(house.accounts.recall(house.file, credentials, now + 100), undefined)
  assert.equal(house.accounts.recall(house.file, { user: 'bob', password: 'password' }, now + 100), undefined)
  house.write([`ann:${APR[0]}`])
  assert.equal(await house.check('bob', 'password', now + 200), 'unknown user')
  rmSync(house.file.path)
  assert.equal(await house.check('bob', 'password', now + 300), 'fault')
})

test('who is not known costs a comparison with a hash of the file as who is, always the same one, and is let in by none', async () => {
  using house = openHouse(APR.map((hash, index) => `user${index}:${hash}`))
  const now = Date.now()
  for (let round = 0; round < 2; round++) {
    assert.equal(await house.check('nobody', 'wrong', now), 'unknown user')
    assert.equal(await house.check('nobody', 'password', now), 'unknown user')
  }
  assert.equal(house.compared.length, 4)
  assert.equal(new Set(house.compared).size, 1)
  assert.equal(hashKind(house.compared[0] ?? ''), 'apr1')
  const other = 'nobody else'
  assert.equal(house.accounts.recall(house.file, { user: other, password: 'password' }, now), undefined)
})

test('a user whose entry lets nobody in is not let in by the password of another, and costs as much', async () => {
  using house = openHouse([`bob:!${APR[0]}`, 'carl:password', `ann:${APR[1]}`])
  const now = Date.now()
  for (const user of ['bob', 'carl']) assert.equal(await house.check(user, 'password', now), 'wrong password')
  assert.deepEqual(house.compared, [APR[1], APR[1]])
  assert.equal(await house.check('ann', 'password', now), 'right')
})

test('the same credentials that come together are checked once', async () => {
  using house = openHouse([`bob:${APR[0]}`])
  const now = Date.now()
  const verdicts = await Promise.all(Array.from({ length: 20 }, () => house.check('bob', 'password', now)))
  assert.deepEqual(new Set(verdicts), new Set(['right']))
  assert.equal(house.compared.length, 1)
})

test('a zero byte ends neither a name nor a password', async () => {
  using house = openHouse([`bob:${APR[0]}`])
  const now = Date.now()
  assert.equal(await house.check('bob', 'password\0', now), 'wrong password')
  assert.equal(await house.check('bob\0', 'password', now), 'unknown user')
})
