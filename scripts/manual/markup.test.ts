import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderHead, renderProse } from './markup.ts'

test('a sentence begins a line, and no line is longer than mandoc wants', () => {
  const long = `${'word '.repeat(40).trim()}.`
  const lines = renderProse(`${long} Second (one). Third`)
  assert.equal(lines.join(' '), `${long} Second (one). Third`)
  assert.ok(lines.every(line => line.length <= 78))
  assert.deepEqual(lines.slice(-2), ['Second (one).', 'Third'])
})

test('what is marked up is set as what it is', () => {
  const macros = [
    ['`MaxWait`', '.Ic MaxWait'],
    ['`webserver.conf(5)`', '.Xr webserver.conf 5'],
    ['`--follow`', '.Fl \\-follow'],
    ['`-f`', '.Fl f'],
    ['`/etc/webserver`', '.Pa /etc/webserver'],
    ['`/404.html`', '.Ql /404.html'],
    ['`SIGUSR1`', '.Dv SIGUSR1'],
    ['`NO_COLOR`', '.Ev NO_COLOR'],
    ['`LOG FORMATS`', '.Sx LOG FORMATS'],
    ['`MaxWait off`', '.Ql MaxWait off'],
    ['*file*', '.Ar file'],
  ] as const
  for (const [text, macro] of macros) assert.deepEqual(renderProse(text), [macro])
})

test('punctuation stays beside what is marked up, and outside of it', () => {
  assert.deepEqual(renderProse('Give one (`On`), or `.`: *both*.'), [
    'Give one',
    '.Ql ( \\&On ) ,',
    'or',
    '.Ql \\&. :',
    '.Ar both .',
  ])
})

test('refuses markup that touches a word, whose blank roff would make up', () => {
  assert.throws(() => renderProse('a`b`'), /Expected blanks or punctuation around markup, got a`b`/)
})

test('a number and its unit stay on one line', () => {
  assert.deepEqual(renderProse('Up to 256 KiB, 90 % of them'), ['Up to 256\\~KiB, 90\\~% of them'])
})

test('in the head of an item, literals need no quotes', () => {
  assert.equal(renderHead('`%a`, `%{c}a` and *name*'), 'Cm %a , Cm %{c}a No and Ar name')
})
