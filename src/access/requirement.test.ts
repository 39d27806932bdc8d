import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Asker, judgeOf } from './judge.ts'
import { type Network, objectionTo, type Requirement } from './requirement.ts'

const GRANTED: Requirement = { kind: 'all', isGranted: true }
const DENIED: Requirement = { kind: 'all', isGranted: false }
const VALID_USER: Requirement = { kind: 'valid-user' }
const INSIDE = ip({ address: '192.0.2.0', prefix: 24, family: 'ipv4' })
const BOB: Requirement = { kind: 'user', names: ['bob'] }
const STAFF: Requirement = { kind: 'group', names: ['staff', 'guests'] }
const inside: Asker = { address: '192.0.2.7', user: undefined }
const outside: Asker = { address: '198.51.100.7', user: undefined }

function ip(...networks: Network[]): Requirement {
  return { kind: 'ip', networks }
}
function not(requirement: Requirement): Requirement {
  return { kind: 'not', requirement }
}
function join(kind: 'any' | 'every' | 'none', ...requirements: Requirement[]): Requirement {
  return { kind, requirements }
}
function as(name: string, asker = outside, groups: readonly string[] = []): Asker {
  return { ...asker, user: { name, isIn: group => groups.includes(group) } }
}
function judge(requirement: Requirement, asker: Asker): string {
  return judgeOf(requirement)(asker)
}

test('of several requirements any suffices, and nobody is asked for a password whose address does', () => {
  const requirement = join('any', INSIDE, VALID_USER)
  assert.equal(judge(requirement, inside), 'granted')
  assert.equal(judge(requirement, outside), 'needs user')
  assert.equal(judge(requirement, as('bob')), 'granted')
})

test('where every requirement must be met, who is at the wrong address is not asked for a password', () => {
  for (const requirement of [join('every', INSIDE, VALID_USER), join('every', VALID_USER, INSIDE)]) {
    assert.equal(judge(requirement, outside), 'denied')
    assert.equal(judge(requirement, as('bob')), 'denied')
    assert.equal(judge(requirement, inside), 'needs user')
    assert.equal(judge(requirement, as('bob', inside)), 'granted')
  }
})

test('users and groups are those that are named, letter by letter', () => {
  assert.equal(judge(BOB, outside), 'needs user')
  assert.equal(judge(BOB, as('bob')), 'granted')
  assert.equal(judge(BOB, as('Bob')), 'denied')
  assert.equal(judge(STAFF, as('bob', outside, ['guests'])), 'granted')
  assert.equal(judge(STAFF, as('bob', outside, ['others'])), 'denied')
})

test('what cannot be told of a group grants nothing, not even where it is turned around', () => {
  const asker: Asker = { ...outside, user: { name: 'bob', isIn: () => undefined } }
  assert.equal(judge(STAFF, asker), 'unknown')
  assert.equal(judge(join('every', VALID_USER, not(STAFF)), asker), 'unknown')
  assert.equal(judge(join('any', VALID_USER, STAFF), asker), 'unknown')
  assert.equal(judge(join('every', VALID_USER, join('none', STAFF)), asker), 'unknown')
})

test('"not" and RequireNone keep out, and let nobody in', () => {
  for (const requirement of [
    join('every', VALID_USER, not(BOB)),
    join('every', VALID_USER, join('none', BOB, INSIDE)),
  ]) {
    assert.equal(judge(requirement, outside), 'needs user')
    assert.equal(judge(requirement, as('bob')), 'denied')
    assert.equal(judge(requirement, as('ann')), 'granted')
  }
  assert.equal(judge(join('every', GRANTED, not(INSIDE)), inside), 'denied')
  assert.equal(judge(join('every', GRANTED, not(INSIDE)), outside), 'granted')
  assert.equal(judge(join('every', DENIED, not(INSIDE)), outside), 'denied')
  assert.equal(judge(not(BOB), as('ann')), 'neutral')
})

describe('a network has the addresses of its prefix, and no others', () => {
  for (const [network, has, hasNot] of [
    [{ address: '10.1.0.0', prefix: 16, family: 'ipv4' }, ['10.1.0.0', '10.1.255.255'], ['10.2.0.0', '::1']],
    [{ address: '10.1.2.3', prefix: 16, family: 'ipv4' }, ['10.1.0.0'], ['10.2.2.3']],
    [
      { address: '::', prefix: 0, family: 'ipv6' },
      ['2001:db8::1', '::1', '::ffff:1:2:3'],
      ['10.1.2.3', '::ffff:10.1.2.3'],
    ],
    [{ address: '10.1.2.3', prefix: 32, family: 'ipv4' }, ['10.1.2.3', '::ffff:10.1.2.3'], ['10.1.2.2']],
    [
      { address: '2001:db8::', prefix: 33, family: 'ipv6' },
      ['2001:db8:7fff::1'],
      ['2001:db8:8000::', '10.1.2.3'],
    ],
    [{ address: 'fe80::', prefix: 10, family: 'ipv6' }, ['fe80::1%eth0', 'febf::1'], ['fec0::1%eth0']],
    [{ address: '0.0.0.0', prefix: 0, family: 'ipv4' }, ['203.0.113.9'], ['2001:db8::1']],
    [{ address: '::', prefix: 0, family: 'ipv6' }, ['2001:db8::1'], []],
  ] as const) {
    test(`${network.address}/${network.prefix}`, () => {
      for (const address of has) assert.equal(judge(ip(network), { ...outside, address }), 'granted', address)
      for (const address of hasNot)
        assert.equal(judge(ip(network), { ...outside, address }), 'denied', address)
    })
  }
})

test('an address that is not known is in no network', () => {
  const everywhere = ip(
    { address: '0.0.0.0', prefix: 0, family: 'ipv4' },
    { address: '::', prefix: 0, family: 'ipv6' },
  )
  assert.equal(judge(everywhere, { address: '-', user: undefined }), 'denied')
})

describe('what would never grant anything, or let in who is named to be kept out, is refused', () => {
  test('"not" beside what suffices', () => {
    assert.match(objectionTo(join('any', GRANTED, not(BOB))) ?? '', /write them into <RequireAll>/)
    assert.match(objectionTo(join('any', join('none', BOB))) ?? '', /write them into <RequireAll>/)
  })

  test('"not" alone', () => {
    assert.match(objectionTo(join('every', not(BOB), join('none', STAFF))) ?? '', /nothing that grants/)
  })

  test('"not user" beside what grants without asking who it is', () => {
    for (const granting of [
      GRANTED,
      INSIDE,
      join('any', VALID_USER, INSIDE),
      join('every', INSIDE, not(DENIED)),
    ])
      assert.match(objectionTo(join('every', granting, not(BOB))) ?? '', /add "Require valid-user"/)
  })

  test('what can be meant is not', () => {
    for (const requirement of [
      join('every', VALID_USER, not(BOB)),
      join('every', GRANTED, not(INSIDE)),
      join('every', INSIDE, VALID_USER, join('none', STAFF)),
      join('any', INSIDE, BOB),
      BOB,
    ])
      assert.equal(objectionTo(requirement), undefined)
  })
})
