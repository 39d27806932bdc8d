import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { get } from '../../test/support/client.ts'
import { House } from '../../test/support/house.ts'
import { until } from '../../test/support/wait.ts'

const FILES = { 'a.txt': 'first' }

test('Only requests that are known and were answered alike, in full, have log lines that are alike', async () => {
  await using house = await House.open([], FILES)
  const keyOf = async (request: string) => {
    const before = house.ended.length
    house.visit().receives(request)
    await until(() => house.ended.length > before, 'the end of an exchange')
    return house.ended.at(-1)?.cacheKey
  }
  assert.equal(await keyOf(get('/a.txt')), undefined)
  const key = await keyOf(get('/a.txt'))
  assert.equal(typeof key, 'object')
  assert.equal(await keyOf(get('/a.txt')), key)
  assert.notEqual(await keyOf(get('/a.txt', 'Accept: */*')), key)
  assert.equal(await keyOf(get('/nothing')), undefined)
  assert.equal(typeof (await keyOf(get('/nothing'))), 'object')

  const leaving = house.visit(10)
  leaving.receives(get('/a.txt'))
  await nextTurn()
  leaving.resets()
  const [last] = house.ended.slice(-1)
  assert.deepEqual([last?.connection, last?.cacheKey], ['aborted', undefined])
})

test('The file that was sent is named, be its request as it may', async () => {
  await using house = await House.open(['DirectoryIndex a.txt'], FILES)
  house.visit().receives(get('/'))
  await until(() => house.ended.length > 0, 'the end of an exchange')
  assert.equal(house.ended[0]?.filename, `${house.folder.resolve('var/www')}/a.txt`)
})

test('One that waits for nobody has one turn, and no wait', async () => {
  await using house = await House.open([], FILES)
  house.visit().receives(get('/a.txt'))
  await until(() => house.ended.length > 0, 'the end of an exchange')
  assert.deepEqual(
    house.ended.map(({ turns, wait }) => [turns, wait]),
    [[1, 0]],
  )
})

test('The host that was asked for is named, and the ServerName where there is none', async () => {
  await using house = await House.open([], FILES)
  const client = house.visit()
  client.receives('GET / HTTP/1.1\r\nHost: other.example:81\r\n\r\n')
  client.receives('GET / HTTP/1.1\r\nHost: other.example.\r\n\r\nGET / HTTP/1.0\r\n\r\n')
  await until(() => house.ended.length === 3, 'three exchanges to end')
  assert.deepEqual(
    house.ended.map(({ hostAsked }) => hostAsked),
    ['other.example', 'other.example', 'www.example.com'],
  )
})

test('What a client that left would have been sent is named all the same, unless its request names no file', async () => {
  await using house = await House.open(['MaxWait off'], FILES)
  const first = house.visit(10)
  first.receives(get('/a.txt'))
  await nextTurn()
  for (const [line, name] of [
    ['GET /a.txt HTTP/1.1', `${house.folder.resolve('var/www')}/a.txt`],
    ['GET /%00 HTTP/1.1', undefined],
    ['OPTIONS * HTTP/1.1', undefined],
  ] as const) {
    const leaving = house.visit()
    leaving.receives(`${line}\r\nHost: a\r\n\r\n`)
    leaving.resets()
    const [last] = house.ended.slice(-1)
    assert.deepEqual([last?.requestLine, last?.status, last?.filename], [line, 499, name])
  }
})
