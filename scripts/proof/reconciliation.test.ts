import assert from 'node:assert/strict'
import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Fate, Ledger } from './ledger.ts'
import { Reconciliation } from './reconciliation.ts'

function ledgerOf(...fates: readonly Fate[]): Ledger {
  const ledger = new Ledger(3)
  for (const fate of fates) ledger.settle(ledger.enter(), fate)
  return ledger
}

/** What does not agree between what became of requests, in their order, and the lines of a log. */
function mismatches(fates: readonly Fate[], ...lines: readonly string[]): string[] {
  const reconciliation = new Reconciliation([ledgerOf(...fates)])
  for (const line of lines) reconciliation.take(line)
  return reconciliation.mismatches()
}

const ANSWERED = { status: 200, bodyBytes: 5 }

describe('A log agrees with its clients', () => {
  test('when it names each answered request once, with its status and its bytes', () => {
    assert.deepEqual(mismatches([ANSWERED], '200 5 + GET /?3-0; HTTP/1.1'), [])
  })
  test('when a request that was abandoned stands in it once or not at all', () => {
    assert.deepEqual(mismatches(['perhaps', 'perhaps'], '499 0 X GET /a?3-1;&more HTTP/1.1'), [])
  })
  test('when a request whose answer had begun stands in it, whatever it says', () => {
    assert.deepEqual(mismatches(['once'], '200 77 X HEAD /?3-0;'), [])
  })
  test('whatever comes after a token', () => {
    const ten = Array.from({ length: 13 }, (): Fate => 'never')
    assert.deepEqual(mismatches([...ten.slice(0, 12), 'once'], '400 0 - GET /?3-12;'), [])
  })
})

describe('A log does not agree', () => {
  test('when an answered request is missing', () => {
    assert.deepEqual(mismatches([ANSWERED]), ['Request ?3-0; (answered with 200) is in the log 0 times'])
  })
  test('when a request is in it twice', () => {
    const line = '200 5 + GET /?3-0; HTTP/1.1'
    assert.deepEqual(mismatches(['perhaps'], line, line), ['Request ?3-0; (perhaps) is in the log 2 times'])
  })
  test('when a request is in it that cannot have been served', () => {
    const line = '200 5 + GET /?3-0; HTTP/1.1'
    assert.deepEqual(mismatches(['never'], line), ['Request ?3-0; (never) is in the log 1 times'])
  })
  test('when status or bytes differ', () => {
    const [wrong] = mismatches([ANSWERED], '200 4 + GET /?3-0; HTTP/1.1')
    assert.equal(wrong, 'Expected 200 with 5 bytes of body, the log says: 200 4 + GET /?3-0; HTTP/1.1')
    assert.equal(mismatches([ANSWERED], '404 5 + GET /?3-0; HTTP/1.1').length, 1)
  })
  test('and tells no more than can be read', () => {
    const told = mismatches(Array.from({ length: 100 }, () => ANSWERED))
    assert.deepEqual([told.length, told.at(-1)], [21, 'and 80 more'])
  })
})

test('A line that is torn, or that names none of the requests, is told apart', () => {
  const reconciliation = new Reconciliation([ledgerOf('perhaps')])
  for (const line of [
    '200 5',
    '400 0 - ',
    '400 0 - GET /?3-0',
    '408 0 - GET /?4-0;',
    '200 1 + GET /?3-1; HTTP/1.1',
  ])
    reconciliation.take(line)
  const { named, nameless, malformed } = reconciliation
  assert.deepEqual([named, nameless, malformed], [0, 4, ['200 5']])
})

test('A ledger knows as much when it has been in a file, and while in doubt enters nothing as certain', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'webserver-'))
  const fates: Fate[] = ['never', 'perhaps', 'once', { status: 416, bodyBytes: 2 ** 31 }]
  // More than there was room for in the beginning.
  const ledger = ledgerOf(...Array.from({ length: 1000 }, () => fates).flat())
  ledger.inDoubt = true
  ledger.settle(0, 'once')
  ledger.settle(1, ANSWERED)
  ledger.save(join(folder.path, 'ledger'))
  const loaded = Ledger.load(3, join(folder.path, 'ledger'))
  assert.equal(loaded.length, 4000)
  assert.deepEqual(
    [0, 1, 2, 3].map(number => loaded.fateOf(number)),
    ['perhaps', 'perhaps', ...fates.slice(2)],
  )
  assert.deepEqual(
    [3996, 3997, 3998, 3999].map(number => loaded.fateOf(number)),
    fates,
  )
})
