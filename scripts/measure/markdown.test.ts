import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { putIntoPage, table } from './markdown.ts'

test('the columns of a table line up', () => {
  assert.equal(
    table(
      ['name', ''],
      [
        ['a', '1'],
        ['longer', '1,000'],
      ],
    ),
    ['| name   |       |', '| ------ | ----- |', '| a      | 1     |', '| longer | 1,000 |'].join('\n'),
  )
})

test('a result takes the place of the one before it, and leaves the rest of the page alone', t => {
  const one = '<!-- measured by npm run one -->\nold\n<!-- end -->\n'
  const two = '<!-- measured by npm run one -- --more -->\nold $& too\n<!-- end -->\n'
  const file = makePage(t, `${one}between\n${two}after\n`)
  putIntoPage(file, 'npm run one -- --more', 'new $& result')
  const after = '<!-- measured by npm run one -- --more -->\n\nnew $& result\n\n<!-- end -->\nafter\n'
  assert.equal(readFileSync(file, 'utf8'), `${one}between\n${after}`)
})

test('a page without markers is refused, and left as it is', t => {
  const file = makePage(t, 'no marker\n')
  assert.throws(() => putIntoPage(file, 'npm run one', 'result'), /^Error: Expected markers/)
  assert.equal(readFileSync(file, 'utf8'), 'no marker\n')
})

function makePage(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'page-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'page.md')
  writeFileSync(file, text)
  return file
}
