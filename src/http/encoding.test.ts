import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ContentCoding, chooseVariant, mostWanted, parseAcceptEncoding } from './encoding.ts'

const SIZES = { br: 40, zstd: 50, gzip: 60 }
const ALL = variants('gzip', 'zstd', 'br')

function variants(...codings: ContentCoding[]) {
  return codings.map(coding => ({ coding, size: SIZES[coding] }))
}

function chosen(field: string, available = ALL): ContentCoding | undefined {
  return chooseVariant(parseAcceptEncoding(field), available)?.coding
}

describe('A client is sent the coding that it wants', () => {
  const cases: [field: string, expected: ContentCoding | undefined][] = [
    ['gzip', 'gzip'],
    ['GZip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['zstd', 'zstd'],
    ['br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['deflate, gzip, zstd', 'zstd'],
    ['*', 'br'],
    ['*;q=0.5, br;q=0', 'zstd'],
    ['gzip;q=1.0, br;q=0.9', 'gzip'],
    ['gzip ; q=0.3\t, br;Q=0.2', 'gzip'],
    ['gzip;q=0.001', 'gzip'],
    ['identity;q=0.5, gzip;q=0.8', 'gzip'],
    ['identity, gzip', 'gzip'],
    [',, ,gzip,', 'gzip'],
    ['gzip\xa0', undefined],
    ['br\xa0, gzip', 'gzip'],
    ['', undefined],
    ['identity', undefined],
    ['deflate', undefined],
    ['gzip;q=0', undefined],
    ['gzip;q=0.000', undefined],
    ['*;q=0', undefined],
    ['identity;q=0.8, gzip;q=0.5', undefined],
    ['gzip;q=0.5, *', 'br'],
    ['gzip;q=0.5, br;q=0, zstd;q=0, *', undefined],
    ['identity;q=0, gzip', 'gzip'],
  ]
  for (const [field, expected] of cases) {
    test(`${JSON.stringify(field)}: ${expected ?? 'none'}`, () => assert.equal(chosen(field), expected))
  }
})

test('sends content as it is rather than nothing when the client refuses that too', () => {
  assert.equal(chosen('identity;q=0', []), undefined)
  assert.equal(chosen('identity;q=0, br', variants('gzip')), undefined)
  assert.equal(chosen('*;q=0'), undefined)
})

test('ignores what cannot be read, and only that', () => {
  for (const malformed of [
    'br;q=2',
    'br;q=',
    'br;q=0.1234',
    'br;level=9',
    'br q=1',
    'br;q=-1',
    '"br"',
    'br/1',
  ]) {
    assert.equal(chosen(`${malformed}, gzip`), 'gzip', malformed)
  }
})

test('believes the member that wants a coding less when two contradict each other', () => {
  assert.equal(chosen('gzip, gzip;q=0'), undefined)
  assert.equal(chosen('x-gzip;q=0, gzip'), undefined)
})

test('sends the smallest of the variants that a client wants equally', () => {
  const field = parseAcceptEncoding('br, gzip')
  const [br, gzip] = [
    { coding: 'br', size: 70 },
    { coding: 'gzip', size: 60 },
  ] as const
  assert.equal(chooseVariant(field, [br, gzip]), gzip)
  assert.equal(chooseVariant(field, [gzip, br]), gzip)
})

test('sends the same of the variants that are as small, in whatever order they were made', () => {
  const [br, zstd, gzip] = (['br', 'zstd', 'gzip'] as const).map(coding => ({ coding, size: 5 }))
  assert.ok(br !== undefined && zstd !== undefined && gzip !== undefined)
  const weights = parseAcceptEncoding('gzip, zstd, br')
  for (const order of [
    [br, zstd, gzip],
    [gzip, br, zstd],
    [zstd, gzip, br],
    [gzip, zstd, br],
  ]) {
    assert.equal(chooseVariant(weights, order), br)
    assert.equal(chooseVariant(parseAcceptEncoding('gzip, zstd'), order), zstd)
  }
})

test('judges a field made to be slow at once', () => {
  assert.equal(chosen(`${'gzip;'.repeat(1600)}q`), undefined)
  assert.equal(chosen(`gzip${' '.repeat(8000)};q=1x`), undefined)
})

test('knows which coding would serve a client best', () => {
  const cases: [field: string, expected: ContentCoding | undefined][] = [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, zstd', 'zstd'],
    ['gzip, br;q=0.5', 'gzip'],
    ['gzip;q=0.1', 'gzip'],
    ['gzip;q=0.1, identity', undefined],
    ['gzip;q=0', undefined],
    ['deflate', undefined],
    ['', undefined],
  ]
  for (const [field, expected] of cases) assert.equal(mostWanted(parseAcceptEncoding(field)), expected, field)
})
