import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readGroupFile, readPasswordFile } from './password-file.ts'

const SHA = '{SHA}hu9pgHfCekd9bflt8YLPCXwhOFQ='
const APR = '$apr1$We7C9Kdm$o/CSrOb/Lws1JFybrlckp1'

test('of a user who stands there twice the first entry counts, and the second is told', () => {
  const { hashes, problems } = readPasswordFile(`bob:${SHA}\nbob:${APR}\n`)
  assert.deepEqual([...hashes], [['bob', SHA]])
  assert.deepEqual(problems, [
    { line: 2, message: 'The user stands in a line above, which counts: keep one of the two' },
  ])
})

test('white space around a line, CR, a byte order mark, a second colon and comments mean nothing', () => {
  const text = `\xef\xbb\xbf# accounts\n\n  bob:${SHA}  \r\nann:${APR}:Ann Example\n# carl:${SHA}\n`
  assert.deepEqual(readPasswordFile(text), {
    hashes: new Map([
      ['bob', SHA],
      ['ann', APR],
    ]),
    usable: [SHA, APR],
    problems: [],
  })
})

test('what can let nobody in is told by its line, without what stands there', () => {
  const text = 'bob:secret\nann\n:secret\ncarl:ab0MLkOhDBWEs\neve:$7$secret\n'
  const { usable, problems } = readPasswordFile(text)
  assert.deepEqual(usable, [])
  assert.deepEqual(
    problems.map(({ line }) => line),
    [1, 2, 3, 4, 5],
  )
  for (const { message } of problems) assert.doesNotMatch(message, /secret|bob|ab0/)
})

test('a password that was locked lets nobody in, and is no mistake', () => {
  assert.deepEqual(readPasswordFile(`bob:!${SHA}\nann:*\n`), {
    hashes: new Map([
      ['bob', `!${SHA}`],
      ['ann', '*'],
    ]),
    usable: [],
    problems: [],
  })
})

test('a group has the users of all its lines', () => {
  const { groups, problems } = readGroupFile(
    'staff: ann  bob\n# none: carl\nothers:carl\nstaff: dora\nwrong\n',
  )
  assert.deepEqual(
    groups,
    new Map([
      ['staff', new Set(['ann', 'bob', 'dora'])],
      ['others', new Set(['carl'])],
    ]),
  )
  assert.deepEqual(problems, [
    { line: 5, message: 'Expected "group: user user", found no group before a colon' },
  ])
})
