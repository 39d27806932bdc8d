import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { network } from '../config/values/network.ts'
import { isNeighbour, ProxyList } from './proxy-list.ts'

const SEED = 20_261_129

/** Networks, of which those with a sign before them are internal. */
function listOf(...words: readonly string[]): ProxyList {
  return new ProxyList(
    words.map(word => {
      const read = network.read(word.replace('!', ''))
      assert.ok(read)
      return { network: read, isInternal: word.startsWith('!') }
    }),
  )
}

const TRUSTED = listOf('127.0.0.1', '198.51.100.0/24', '2001:db8::/32')
const INTERNAL = listOf('!127.0.0.1', '!10.0.0.0/8', '!fd00::/8')
const BOTH = listOf('!127.0.0.1', '198.51.100.0/24', '!10.0.0.0/8', '10.1.0.0/16')
const PEER = { address: '127.0.0.1', port: 5 }

/** By the field that 127.0.0.1 sends: the client; undefined where it is 127.0.0.1 itself. */
const CASES: readonly (readonly [list: ProxyList, field: string, client: string | undefined])[] = [
  [TRUSTED, '192.0.2.7', '192.0.2.7'],
  [TRUSTED, '2a00::7', '2a00::7'],
  [TRUSTED, '2A00:0:0:0::7', '2a00::7'],
  [TRUSTED, '::ffff:192.0.2.7', '192.0.2.7'],
  [TRUSTED, ' 192.0.2.7  ', '192.0.2.7'],
  [TRUSTED, '203.0.113.9, 192.0.2.7', '192.0.2.7'],
  [TRUSTED, '203.0.113.9, 192.0.2.7, 198.51.100.1', '192.0.2.7'],
  [TRUSTED, '203.0.113.9,192.0.2.7,2001:db8::1,198.51.100.1', '192.0.2.7'],
  [TRUSTED, '198.51.100.2, 198.51.100.1', '198.51.100.2'],
  // What is no address by itself ends it.
  [TRUSTED, '', undefined],
  [TRUSTED, ',', undefined],
  [TRUSTED, '192.0.2.7,', undefined],
  [TRUSTED, 'unknown', undefined],
  [TRUSTED, '192.0.2.7, unknown', undefined],
  [TRUSTED, '192.0.2.7, , 198.51.100.1', '198.51.100.1'],
  [TRUSTED, '192.0.2.7:4711', undefined],
  [TRUSTED, '"192.0.2.7"', undefined],
  [TRUSTED, 'for=192.0.2.7', undefined],
  [TRUSTED, '[2a00::7]', undefined],
  [TRUSTED, '[2a00::7]:4711', undefined],
  [TRUSTED, '2a00::7%eth0', undefined],
  [TRUSTED, '192.0.2', undefined],
  [TRUSTED, '192.0.2.07', undefined],
  [TRUSTED, '192.0.2.7 192.0.2.8', undefined],
  [TRUSTED, '192.0.2.7:4711, 198.51.100.1', '198.51.100.1'],
  // No client of the internet has these.
  ...[
    '10.1.2.3',
    '127.0.0.2',
    '169.254.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '::1',
    'fd00::1',
    'fe80::1',
    '::ffff:10.1.2.3',
  ].map(address => [TRUSTED, address, undefined] as const),
  [TRUSTED, '172.32.0.1', '172.32.0.1'],
  [TRUSTED, '10.1.2.3, 198.51.100.1', '198.51.100.1'],
  // An internal proxy is believed all.
  [INTERNAL, '192.0.2.7', '192.0.2.7'],
  [INTERNAL, '192.168.0.1', '192.168.0.1'],
  [INTERNAL, '::1', '::1'],
  [INTERNAL, '192.0.2.7, 10.1.2.3', '192.0.2.7'],
  [INTERNAL, '192.0.2.7, 192.168.0.1, fd00::1, 10.1.2.3', '192.168.0.1'],
  // Of both kinds each address is judged by who has written it, and the first network that holds that counts.
  [BOTH, '192.168.0.1, 198.51.100.1', '198.51.100.1'],
  [BOTH, '192.168.0.1, 10.2.0.1, 10.3.0.1', '192.168.0.1'],
  [BOTH, '192.168.0.1, 10.1.0.1', '192.168.0.1'],
]

describe('The client of a request', () => {
  for (const [list, field, client] of CASES) {
    const kind = list === TRUSTED ? 'trusted' : list === INTERNAL ? 'internal' : 'both kinds of'
    test(`that comes through ${kind} proxies with ${JSON.stringify(field)} is ${client ?? 'the proxy'}`, () => {
      const expected = client === undefined ? PEER : { address: client, port: 0 }
      assert.deepEqual(list.clientOf(field, PEER), expected)
    })
  }

  test('that comes from anybody else is that, whatever the field says', () => {
    const stranger = { address: '192.0.2.99', port: 7 }
    for (const list of [TRUSTED, INTERNAL, BOTH])
      for (const [, field] of CASES) assert.equal(list.clientOf(field, stranger), stranger)
  })

  test('is not changed by what somebody else has written before it', () => {
    const parts = fc.constantFrom(
      '192.0.2.7',
      '198.51.100.1',
      '10.1.2.3',
      '2001:db8::1',
      'unknown',
      '',
      '"x"',
      '127.0.0.1',
    )
    const fields = fc.array(parts).map(all => all.join(', '))
    fc.assert(
      fc.property(fields, fields, (own, spoofed) => {
        const honest = `203.0.113.5, ${own}`
        for (const list of [TRUSTED, INTERNAL, BOTH])
          assert.deepEqual(list.clientOf(`${spoofed}, ${honest}`, PEER), list.clientOf(honest, PEER))
      }),
      { seed: SEED },
    )
  })
})

test('neighbours are loopback and private addresses', () => {
  for (const address of [
    '127.0.0.1',
    '10.255.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '::1',
    'fc00::1',
    'fdff::1',
    '::ffff:10.0.0.1',
  ])
    assert.equal(isNeighbour(address), true, address)
  for (const address of [
    '128.0.0.1',
    '172.32.0.1',
    '169.254.0.1',
    '100.64.0.1',
    '0.0.0.0',
    '::',
    '::2',
    'fe80::1',
    '2001:db8::1',
    '-',
  ])
    assert.equal(isNeighbour(address), false, address)
})
