import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Expression } from './expression.ts'

test('is looked for anywhere in a text, and gives its groups', () => {
  const expression = Expression.of('/(\\d+)(-x)?(?:/|$)')
  assert.ok(expression.matches('/a/12/b'))
  assert.ok(!expression.matches('/a12/b'))
  assert.deepEqual(expression.groups('/a/12/b'), ['/12/', '12', ''])
  assert.equal(expression.groups('/a'), undefined)
  assert.ok(Expression.of('(?i)^/A$').matches('/a'))
})

test('says what is wrong with a pattern, and refuses what could run long', () => {
  for (const [pattern, message] of [
    ['(a', /^missing closing \)/],
    ['(?=a)', /^invalid or unsupported Perl syntax: `\(\?=`$/],
    ['(a)\\1', /^invalid escape sequence/],
    ['(?:(?:a{9}){9}){9}', /^it takes \d+ steps, of at most 500$/],
  ] as const)
    assert.throws(() => Expression.of(pattern), { message }, pattern)
})
