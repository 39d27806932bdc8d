import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Field } from '../field.ts'
import { type FieldRule, FieldRules } from './field-rules.ts'

const FIELDS: readonly Field[] = [
  ['Server', 'webserver'],
  ['Vary', 'Accept'],
  ['Link', '<a>'],
  ['Link', '<b>'],
]

function change(action: 'set' | 'append' | 'add', name: string, value: string, always = false): FieldRule {
  return { action, always, name, value }
}

function apply(status: number, ...rules: FieldRule[]): string[] {
  return new FieldRules(rules).apply(status, FIELDS).map(field => field.join(': '))
}

test('replaces every line of a field when it sets it', () => {
  assert.deepEqual(apply(200, change('set', 'link', '<c>')), [
    'Server: webserver',
    'Vary: Accept',
    'link: <c>',
  ])
})

test('adds a line, and makes a list longer', () => {
  assert.deepEqual(apply(200, change('add', 'Link', '<c>'), change('append', 'vary', 'Cookie')), [
    'Server: webserver',
    'Vary: Accept, Cookie',
    'Link: <a>',
    'Link: <b>',
    'Link: <c>',
  ])
  assert.equal(apply(200, change('append', 'X', 'new')).at(-1), 'X: new')
})

test('takes a field away, in whatever case it is written', () => {
  assert.deepEqual(apply(200, { action: 'unset', always: false, name: 'LINK' }), [
    'Server: webserver',
    'Vary: Accept',
  ])
})

test('applies rules in their order', () => {
  const unset: FieldRule = { action: 'unset', always: false, name: 'X' }
  assert.equal(apply(200, change('set', 'X', '1'), change('append', 'X', '2')).at(-1), 'X: 1, 2')
  assert.deepEqual(apply(200, change('set', 'X', '1'), unset), apply(200))
})

test('changes errors and redirects only with always, but a 304 like the 200 it stands for', () => {
  const rules = [change('set', 'X', 'success'), change('set', 'Y', 'always', true)]
  for (const status of [200, 204, 206, 304]) {
    assert.deepEqual(apply(status, ...rules).slice(-2), ['X: success', 'Y: always'], `${status}`)
  }
  for (const status of [301, 302, 404, 405, 416, 500]) {
    assert.deepEqual(apply(status, ...rules).slice(-2), ['Link: <b>', 'Y: always'], `${status}`)
  }
})

test('sends characters beyond ASCII as UTF-8', () => {
  assert.equal(apply(200, change('set', 'X', 'é')).at(-1), 'X: \xc3\xa9')
})
