import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, formatProblem, formatProblemWithSource } from './problem.ts'

const place = { line: 2, column: 11, source: '\tTimeout "5x"' }
const problem = { file: 'etc/webserver.conf', place, message: 'Expected a duration, got "5x"' }
const withoutPlace = { ...problem, place: undefined }

test('names file, line and column before what is wrong', () => {
  assert.equal(formatProblem(problem), 'etc/webserver.conf:2:11: Expected a duration, got "5x"')
  assert.equal(formatProblem(withoutPlace), 'etc/webserver.conf: Expected a duration, got "5x"')
})

test('shows the line with a caret below the mistake, behind tabs and emoji too', () => {
  assert.deepEqual(formatProblemWithSource(problem).split('\n').slice(1), [
    '  \tTimeout "5x"',
    '  \t         ^',
  ])
  const emoji = { ...problem, place: { line: 1, column: 4, source: 'a\u{1f600}b' } }
  assert.deepEqual(formatProblemWithSource(emoji).split('\n').slice(1), ['  a\u{1f600}b', '    ^'])
  assert.equal(formatProblemWithSource(withoutPlace), formatProblem(withoutPlace))
})

test('sends no control character of a file to the terminal', () => {
  const hostile = { ...problem, place: { line: 1, column: 1, source: 'a\x1b[2Jb' } }
  assert.equal(formatProblemWithSource(hostile).split('\n')[1], '  a␛[2Jb')
})

test('tells every problem in the message of the error', () => {
  assert.equal(new ConfigError([problem, withoutPlace]).message.split('\n').length, 2)
})
