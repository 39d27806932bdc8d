import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { until } from '../../test/support/wait.ts'
import { FileInMemory, type FoundFile } from '../files/found-file.ts'
import { Compressor } from './compressor.ts'

const TEXT = Buffer.from('A line like any other, with a few words in it.\n'.repeat(8000))

function fileOf(bytes: Buffer): FoundFile {
  return new FileInMemory(
    '/x',
    { size: bytes.length, modified: 0, etag: '"x"', mediaType: 'text/plain' },
    { memory: bytes, start: 0 },
  )
}

/** A compressor with what it has said; `faults` are told where a test does not expect any. */
function compressor(isIdle: () => boolean = () => true) {
  const faults: unknown[] = []
  return { faults, compressor: new Compressor(isIdle, error => faults.push(error)) }
}

/** Has a file encoded; resolves with the bytes, or never if they are not worth having. */
function gzip(subject: Compressor, open: () => FoundFile | undefined): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  assert.ok(subject.take({ coding: 'gzip', open, done: resolve }))
  return promise
}

test('encodes a file, slice by slice', async () => {
  const { compressor: subject, faults } = compressor()
  assert.deepEqual(gunzipSync(await gzip(subject, () => fileOf(TEXT))), TEXT)
  assert.deepEqual(faults, [])
})

test('does nothing while the server is at work, not even open a file', async () => {
  let isIdle = false
  let asked = 0
  const { compressor: subject } = compressor(() => {
    asked++
    return isIdle
  })
  let opened = 0
  const done = gzip(subject, () => {
    opened++
    return fileOf(TEXT)
  })
  await until(() => asked >= 3)
  assert.equal(opened, 0)
  isIdle = true
  await done
  assert.equal(opened, 1)
})

test('stops between two slices while the server is at work', async () => {
  let isIdle = true
  let asked = 0
  const { compressor: subject } = compressor(() => {
    asked++
    return isIdle
  })
  const file = fileOf(TEXT)
  let reads = 0
  const counting: FoundFile = {
    ...file,
    read(target, offset, length, position) {
      reads++
      isIdle = reads < 2
      return file.read(target, offset, length, position)
    },
    [Symbol.dispose]() {},
  }
  const done = gzip(subject, () => counting)
  await until(() => reads === 2)
  asked = 0
  await until(() => asked >= 3)
  assert.equal(reads, 2)
  isIdle = true
  reads = -100
  assert.deepEqual(gunzipSync(await done), TEXT)
})

test('encodes one file at a time, in the order they were asked for', async () => {
  const { compressor: subject } = compressor()
  const events: string[] = []
  const jobs = ['a', 'b', 'c'].map(async name => {
    const open = () => {
      events.push(`${name} begins`)
      return fileOf(TEXT)
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    const done = () => {
      events.push(`${name} ends`)
      resolve()
    }
    subject.take({ coding: 'gzip', open, done })
    await promise
  })
  await Promise.all(jobs)
  assert.deepEqual(events, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})

test('hands over nothing that is hardly smaller than the file, and goes on with the next', async () => {
  const { compressor: subject, faults } = compressor()
  let isDone = false
  void gzip(subject, () => fileOf(randomBytes(5000))).then(() => {
    isDone = true
  })
  await gzip(subject, () => fileOf(TEXT))
  assert.equal(isDone, false)
  assert.deepEqual(faults, [])
})

test('goes on with the next after a file that is gone, and after one that cannot be read', async () => {
  const { compressor: subject, faults } = compressor()
  const fault = new Error('The disk is broken')
  void gzip(subject, () => undefined)
  void gzip(subject, () => ({
    ...fileOf(TEXT),
    read() {
      throw fault
    },
    [Symbol.dispose]() {},
  }))
  await gzip(subject, () => fileOf(TEXT))
  assert.deepEqual(faults, [fault])
})

test('turns jobs down when too many wait, and forgets those that wait when told to', async () => {
  let isIdle = false
  const { compressor: subject } = compressor(() => isIdle)
  const done: number[] = []
  const take = (number: number) =>
    subject.take({ coding: 'gzip', open: () => fileOf(TEXT), done: () => done.push(number) })
  let taken = 0
  while (take(taken)) taken++
  assert.ok(taken > 100 && taken < 1000)

  subject.clear()
  const last = gzip(subject, () => fileOf(TEXT))
  isIdle = true
  await last
  assert.deepEqual(done, [0], 'what had begun was finished')
})
