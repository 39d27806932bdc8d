import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldRule } from '../../http/response/field-rules.ts'
import { interpret } from '../interpret.ts'
import { parseSyntax } from '../syntax.ts'

function read(text: string): { rules: readonly FieldRule[]; problems: string[] } {
  const { statements } = parseSyntax(text, 'w.conf')
  const surroundings = { file: 'w.conf', serverRoot: '/srv', serverName: 'vm' }
  const { config, problems } = interpret(statements, surroundings)
  return { rules: config.header, problems: problems.map(problem => problem.message) }
}

test('takes rules in the order of the file, each with its condition', () => {
  const { rules, problems } = read(`
Header set X-One "a b"
Header ALWAYS Unset Server
Header add Link: <a>
Header add Link <b>
header always append Vary ""`)
  assert.deepEqual(problems, [])
  assert.deepEqual(rules, [
    { action: 'set', always: false, name: 'X-One', value: 'a b' },
    { action: 'unset', always: true, name: 'Server' },
    { action: 'add', always: false, name: 'Link', value: '<a>' },
    { action: 'add', always: false, name: 'Link', value: '<b>' },
    { action: 'append', always: true, name: 'Vary', value: '' },
  ])
})

test('leaves no way to break the framing of a response, and says why', () => {
  for (const name of [
    'Content-Length',
    'TRANSFER-ENCODING',
    'Trailer',
    'Connection',
    'Keep-Alive',
    'Upgrade',
  ]) {
    for (const rule of [`set ${name} x`, `always add ${name} x`, `unset ${name}:`]) {
      assert.match(
        read(`Header ${rule}`).problems[0] ?? '',
        /^Expected a field other than .*: it (tells|concerns)/,
      )
    }
  }
  assert.match(read('Header set Content-Type a/b').problems[0] ?? '', /AddType, AddCharset .* decide it/)
  assert.match(
    read('Header set Content-Encoding gzip').problems[0] ?? '',
    /^Expected a field other than Content-Encoding/,
  )
  assert.match(read('Header unset Date').problems[0] ?? '', /^Expected a field other than Date/)
})

test('takes any other name for the name of a field, also one that objects have', () => {
  assert.deepEqual(read('Header set constructor x').problems, [])
})

test('refuses a name that is no token and a value with control characters', () => {
  for (const name of ['"a b"', 'a:b', ':', '""', 'é', '"a\t"']) {
    assert.match(read(`Header set ${name} x`).problems[0] ?? '', /^Expected the name of a field/, name)
  }
  for (const value of ['"a\tb"', '"\u0001a"', '"a\u007f"', '"a\u0001"']) {
    assert.match(
      read(`Header set X ${value}`).problems[0] ?? '',
      /^Expected a value without control characters/,
    )
  }
})

test('reads a doubled percent sign as one, and refuses what Apache would fill in', () => {
  const { rules } = read('Header set X "100%% %%41%%"')
  assert.deepEqual(rules, [{ action: 'set', always: false, name: 'X', value: '100% %41%' }])
  for (const value of ['%t', '100%', 'a%%%b']) {
    assert.match(read(`Header set X ${value}`).problems[0] ?? '', /^Expected %% for a percent sign, got %/)
  }
  assert.match(
    read('Header set X "expr=%{TIME}"').problems[0] ?? '',
    /^Expected the value itself, got an expr/,
  )
})

test('takes several lines for one field, and refuses a value for none', () => {
  assert.deepEqual(read('Header set X a\nHeader set x b\nHeader unset X').problems, [])
  assert.match(read('Header unset X a').problems[0] ?? '', /^Expected nothing behind "X", got "a"/)
  assert.match(read('Header set X').problems[0] ?? '', /^Expected a value, got nothing/)
  assert.match(read('Header edit X a b').problems[0] ?? '', /^Expected set, append, add or unset, got "edit"/)
})
