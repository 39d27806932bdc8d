import assert from 'node:assert/strict'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { findSlowPatterns } from './check-patterns.ts'

/** Milliseconds for a hundred patterns: two seconds are enough, but for a machine on which much else runs. */
const PATIENCE = { timeout: 300_000 }

/** What is found in a module with this text, without its path. */
async function found(text: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'webserver-'))
  try {
    const path = join(folder, 'module.mjs')
    writeFileSync(path, text)
    return (await findSlowPatterns([path])).map(objection => objection.slice(path.length))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test(
  'no pattern of the server takes longer than what it reads is long, whatever that is',
  PATIENCE,
  async () => {
    assert.deepEqual(
      await findSlowPatterns(globSync('src/**/*.ts', { exclude: ['**/*.test.ts'] }).sort()),
      [],
    )
  },
)

describe('A pattern is found that', () => {
  const cases: Record<string, string> = {
    'begins again at each blank': String.raw`export const split = text => text.split(/[ \t]*,[ \t]*/)`,
    'looks for an end at each place': String.raw`export const trim = text => text.replace(/^[ \t]+|[ \t]+$/g, '')`,
    'can be read in many ways': 'export const slow = /^(a+)+$/',
    'reads the rest of the text for each match': 'export const all = text => text.match(/a(?:.*b)?/g)',
    'splits a text by reading the rest of it': 'export const cut = text => text.split(/a(?:.*b)?/)',
    'is put together': String.raw`const blanks = '[ \\t]*'; export const composed = new RegExp(blanks + ',')`,
    'is put together without new': String.raw`export const called = RegExp('\\s+$')`,
    'cannot be judged': 'export const ahead = /^(?=.*a)b*$/',
  }
  for (const [what, text] of Object.entries(cases)) {
    test(what, async () => {
      const [objection = '', ...more] = await found(`\n${text}`)
      assert.match(objection, /^:2: Expected linear time/)
      assert.deepEqual(more, [])
    })
  }

  test('nobody knows before the function that makes it is called', async () => {
    const text = 'const like = text => new RegExp(text)\nexport const one = like("a")\n'
    assert.deepEqual(await found(text), [':1: Expected a pattern that is there when the module is loaded'])
  })
})

test('lets pass what is linear', async () => {
  const text = String.raw`
    export const literals = [/^[^ ]+ (?:\d+)$/, /[\r\n]+/g, /[a-z]+:[^\r]*\r\n/y, /"[^"]*"/g, /\p{L}/gu]
    const word = '[a-z]+'
    export const composed = new RegExp('^' + word + '(?: ' + word + ')*$', 'i')
  `
  assert.deepEqual(await found(text), [])
})
