import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Roster, type RosterMember } from './roster.ts'

test('has who has joined and not left, whoever comes and goes in between', () => {
  const members: RosterMember[] = Array.from({ length: 8 }, () => ({ place: 0 }))
  const step = fc.record({ joins: fc.boolean(), who: fc.nat({ max: members.length - 1 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const roster = new Roster<RosterMember>()
      const expected = new Set<RosterMember>()
      for (const { joins, who } of steps) {
        const member = members[who]
        assert.ok(member)
        if (!joins) assert.equal(roster.delete(member), expected.delete(member))
        else if (!expected.has(member)) {
          roster.add(member)
          expected.add(member)
        }
        assert.equal(roster.size, expected.size)
        assert.deepEqual(new Set(roster), expected)
      }
    }),
  )
})

test('members may leave while they are gone through, and the others are still met', () => {
  const roster = new Roster<RosterMember>()
  const members: RosterMember[] = Array.from({ length: 5 }, () => ({ place: 0 }))
  for (const member of members) roster.add(member)
  const met: RosterMember[] = []
  for (const member of roster) {
    met.push(member)
    if (member.place % 2 === 0) roster.delete(member)
  }
  assert.deepEqual(new Set(met), new Set(members))
  assert.equal(met.length, members.length)
  assert.equal(roster.size, 2)
})
