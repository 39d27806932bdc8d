import assert from 'node:assert/strict'
import { mkdirSync, mkdtempDisposableSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Response } from '../../test/support/response.ts'
import { ChangingFiles, textOfVersion } from './changing-files.ts'

function changingFiles(): { files: ChangingFiles; world: { now: number } } & Disposable {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'webserver-'))
  const root = join(folder.path, 'www')
  mkdirSync(root)
  const world = { now: 0 }
  const files = new ChangingFiles(world, root, folder.path)
  return { files, world, [Symbol.dispose]: () => folder.remove() }
}

function answer(body: Buffer | string, status = 200, ...fields: [string, string][]): Response {
  return { status, head: '', fields: new Map(fields), body: Buffer.from(body) }
}

const PATH = '/changing/replaced.txt'
const NAME = 'replaced.txt'

test('Any version is right that may still be served, and nothing in between', () => {
  using all = changingFiles()
  const { files, world } = all
  files.replace(NAME)
  const [first, second] = [1, 2].map(version => textOfVersion(NAME, version))
  assert.ok(first !== undefined && second !== undefined)
  assert.deepEqual(readFileSync(files.resolve(NAME)), second)
  for (const body of [first, second]) assert.equal(files.check(PATH, answer(body), 0), undefined)
  assert.equal(files.check(PATH, answer(gzipSync(second), 200, ['content-encoding', 'gzip']), 0), undefined)
  assert.equal(files.check(PATH, answer('', 404), 0), undefined)

  assert.match(files.check(PATH, answer(Buffer.concat([first, second])), 0) ?? '', /not version 1/)
  assert.match(files.check(PATH, answer(second.subarray(0, -1)), 0) ?? '', /not version 2/)
  assert.match(files.check(PATH, answer(Buffer.alloc(100)), 0) ?? '', /none of the versions/)
  assert.match(files.check(PATH, answer(textOfVersion('other.txt', 1)), 0) ?? '', /none of the versions/)
  assert.match(
    files.check(PATH, answer(second, 200, ['content-encoding', 'gzip']), 0) ?? '',
    /cannot be unpacked/,
  )
  assert.match(files.check(PATH, answer('', 500), 0) ?? '', /no status 500/)

  world.now = 60_000
  assert.match(files.check(PATH, answer(first), world.now) ?? '', /Version 1 had been replaced for 60000 ms/)
  assert.equal(files.check(PATH, answer(second), world.now), undefined)
})

test('A file that was cut short is right up to where it was cut, and no zeros follow', () => {
  using all = changingFiles()
  const path = '/changing/truncated.txt'
  const content = textOfVersion('truncated.txt', 1)
  for (const length of [0, 5, 100, content.length]) {
    assert.equal(all.files.check(path, answer(content.subarray(0, length)), 0), undefined)
  }
  const zeros = Buffer.from(content)
  zeros.fill(0, 100)
  assert.match(all.files.check(path, answer(zeros), 0) ?? '', /not version 1/)
  assert.match(all.files.check(path, answer(zeros.subarray(-5)), 0) ?? '', /none of the versions/)
})

test('What lies outside DocumentRoot is never right', () => {
  using all = changingFiles()
  const secret = readFileSync(join(all.files.resolve('../..'), 'secret.txt'))
  assert.match(all.files.check('/changing/link.txt', answer(secret), 0) ?? '', /outside/)
})
