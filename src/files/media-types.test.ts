import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MediaTypes } from './media-types.ts'

const NONE: ReadonlyMap<string, string> = new Map()

function mediaTypes(rules: Partial<ConstructorParameters<typeof MediaTypes>[0]> = {}): MediaTypes {
  return new MediaTypes({ types: NONE, charsets: NONE, textCharset: 'utf-8', ...rules })
}

test('knows the type by the last extension, in any case', () => {
  const types = mediaTypes()
  assert.equal(types.of('index.html'), 'text/html; charset=utf-8')
  assert.equal(types.of('INDEX.HTML'), 'text/html; charset=utf-8')
  assert.equal(types.of('archive.html.zip'), 'application/zip')
  for (const name of ['README', 'a.', 'a.nobody-knows', 'a.constructor', 'a.__proto__', 'html']) {
    assert.equal(types.of(name), 'application/octet-stream', name)
  }
})

test('names a character set with text, and with nothing else', () => {
  const names = { 'a.js': 'text/javascript; charset=utf-8', 'a.css': 'text/css; charset=utf-8' }
  const others = { 'a.wasm': 'application/wasm', 'a.png': 'image/png', 'a.svg': 'image/svg+xml' }
  for (const [name, type] of Object.entries({ ...names, ...others, 'a.json': 'application/json' })) {
    assert.equal(mediaTypes().of(name), type)
  }
  assert.equal(mediaTypes({ textCharset: undefined }).of('a.html'), 'text/html')
  assert.equal(mediaTypes({ textCharset: 'koi8-r' }).of('a.txt'), 'text/plain; charset=koi8-r')
})

test('prefers the types and character sets that were configured', () => {
  const types = mediaTypes({
    types: new Map([
      ['html', 'application/xhtml+xml'],
      ['log', 'Text/X-Log'],
      ['koi', 'text/plain; charset="koi8-r"'],
      ['é', 'text/x-e'],
    ]),
    charsets: new Map([
      ['latin1', 'iso-8859-1'],
      ['json', 'utf-16'],
    ]),
  })
  assert.equal(types.of('a.html'), 'application/xhtml+xml')
  assert.equal(types.of('a.log'), 'Text/X-Log; charset=utf-8')
  assert.equal(types.of('a.koi'), 'text/plain; charset="koi8-r"')
  assert.equal(types.of('a.\xc3\xa9'), 'text/x-e; charset=utf-8')
  assert.equal(types.of('a.json'), 'application/json; charset=utf-16')
})

test('takes a character set from any extension, the last that tells one', () => {
  const types = mediaTypes({
    types: new Map([['koi', 'text/plain; charset=koi8-r; format=flowed']]),
    charsets: new Map([
      ['latin1', 'iso-8859-1'],
      ['utf8', 'utf-8'],
    ]),
  })
  assert.equal(types.of('a.latin1.txt'), 'text/plain; charset=iso-8859-1')
  assert.equal(types.of('a.latin1.utf8.txt'), 'text/plain; charset=utf-8')
  assert.equal(types.of('latin1.txt'), 'text/plain; charset=utf-8', 'that is its name')
  assert.equal(types.of('a.latin1.koi'), 'text/plain; format=flowed; charset=iso-8859-1')
})
