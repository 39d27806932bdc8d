import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IdleLine, type IdleLineMember } from './idle-line.ts'

class Member implements IdleLineMember<Member> {
  line: IdleLine<Member> | undefined
  before: Member | undefined
  behind: Member | undefined
  asked = 0
  silent = true

  get isIdle(): boolean {
    this.asked++
    return this.silent
  }
}

test('the first is who has been silent for longest', () => {
  const line = new IdleLine<Member>()
  assert.equal(line.first, undefined)
  const [one, two, three] = [new Member(), new Member(), new Member()]
  for (const member of [one, two, three]) line.join(member)
  assert.equal(line.first, one)
  line.join(one)
  assert.equal(line.first, two)
  line.join(one)
  line.join(two)
  assert.equal(line.first, three)
})

test('whoever speaks is passed over, and comes again at the end', () => {
  const line = new IdleLine<Member>()
  const [one, two, three] = [new Member(), new Member(), new Member()]
  for (const member of [one, two, three]) line.join(member)
  one.silent = false
  two.silent = false
  assert.equal(line.first, three)
  one.silent = true
  line.join(one)
  assert.equal(line.first, three)
  three.silent = false
  assert.equal(line.first, one)
})

test('whoever leaves is found no more, wherever it was', () => {
  for (const leaving of [[0], [1], [2], [0, 1], [1, 2], [0, 2], [2, 1, 0]]) {
    const line = new IdleLine<Member>()
    const members = [new Member(), new Member(), new Member()]
    for (const member of members) line.join(member)
    for (const index of leaving) line.remove(members[index] as Member)
    const left = []
    for (let first = line.first; first !== undefined; first = line.first) {
      left.push(members.indexOf(first))
      line.remove(first)
    }
    assert.deepEqual(
      left,
      [0, 1, 2].filter(index => !leaving.includes(index)),
    )
  }
})

test('a member is in one line at a time', () => {
  const [line, other] = [new IdleLine<Member>(), new IdleLine<Member>()]
  const member = new Member()
  line.join(member)
  other.join(member)
  assert.equal(line.first, undefined)
  assert.equal(other.first, member)
  line.remove(member)
  assert.equal(other.first, member)
})

test('to find the first takes as long among ten thousand as among ten', () => {
  const asked = [10, 10_000].map(count => {
    const line = new IdleLine<Member>()
    const members = Array.from({ length: count }, () => new Member())
    for (const member of members) line.join(member)
    for (let found = 0; found < 5; found++) line.remove(line.first as Member)
    return members.reduce((sum, member) => sum + member.asked, 0)
  })
  assert.deepEqual(asked, [5, 5])
})
