import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { namesThatEnd } from './names-that-end.ts'

const ENDINGS = ['.br', '.gz']

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'names-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

test('the names with one of the endings are told, and no others', () => {
  for (const name of ['a.html', 'a.html.br', 'b.css.gz', '.gz', 'gz']) writeFileSync(join(folder, name), '')
  assert.deepEqual(namesThatEnd(folder, ENDINGS), new Set(['a.html.br', 'b.css.gz', '.gz']))
})

test('of a folder that is not there, or is none, nothing is known', () => {
  writeFileSync(join(folder, 'file'), '')
  assert.equal(namesThatEnd(join(folder, 'nothing'), ENDINGS), undefined)
  assert.equal(namesThatEnd(join(folder, 'file'), ENDINGS), undefined)
})

test('of a folder of more than 512 names nothing is known', () => {
  for (let count = 1; count <= 512; count++) writeFileSync(join(folder, `${count}.gz`), '')
  assert.equal(namesThatEnd(folder, ENDINGS)?.size, 512)
  writeFileSync(join(folder, 'one more'), '')
  assert.equal(namesThatEnd(folder, ENDINGS), undefined)
})
