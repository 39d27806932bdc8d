import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AUTO, BEGINNING, MediaTypes } from './media-types.ts'

const NONE: ReadonlyMap<string, string> = new Map()

function mediaTypes(rules: Partial<ConstructorParameters<typeof MediaTypes>[0]> = {}): MediaTypes {
  return new MediaTypes({ types: NONE, charsets: NONE, defaultType: AUTO, textCharset: AUTO, ...rules })
}

/** The Content-Type of a file with this content, as a byte string. */
function typeOf(types: MediaTypes, name: string, content = ''): string {
  return types.of(name, () => Buffer.from(content, 'latin1').subarray(0, BEGINNING)).mediaType
}

test('knows the type by the last extension, in any case', () => {
  const types = mediaTypes()
  assert.equal(typeOf(types, 'index.html'), 'text/html; charset=utf-8')
  assert.equal(typeOf(types, 'INDEX.HTML'), 'text/html; charset=utf-8')
  assert.equal(typeOf(types, 'archive.html.zip'), 'application/zip')
  for (const [name, type] of [
    ['a.flac', 'audio/flac'],
    ['a.html.br', 'application/octet-stream'],
    ['a.tgz', 'application/gzip'],
    ['a.zst', 'application/zstd'],
    ['a.rs', 'text/plain; charset=utf-8'],
  ] as const)
    assert.equal(typeOf(types, name), type)
})

const NAMELESS = ['README', 'a.', 'a.nobody-knows', 'a.constructor', 'a.__proto__', 'html', 'a.hpp', 'a.po']

test('looks whether a file is text whose name tells nothing', () => {
  const types = mediaTypes()
  for (const name of NAMELESS) {
    for (const [content, type] of [
      ['', 'text/plain; charset=utf-8'],
      ['plain\r\n\ttext\f\x1b[1m', 'text/plain; charset=utf-8'],
      ['gr\xc3\xbc\xc3\x9fe', 'text/plain; charset=utf-8'],
      ['gr\xfc\xdfe', 'text/plain'],
      ['\xc3', 'text/plain'],
      ['text and \0', 'application/octet-stream'],
      ['\x7fELF\x02\x01\x01', 'application/octet-stream'],
    ] as const)
      assert.equal(typeOf(types, name, content), type, `${name}: ${content}`)
  }
})

test('judges a text by its beginning, wherever that cuts a character', () => {
  for (const character of ['\xc3\xbc', '\xe2\x82\xac', '\xf0\x9f\x8c\x8d']) {
    for (let cut = 1; cut < character.length; cut++) {
      const content = 'x'.repeat(BEGINNING - cut) + character
      assert.equal(typeOf(mediaTypes(), 'README', content), 'text/plain; charset=utf-8')
    }
  }
  assert.equal(typeOf(mediaTypes(), 'README', `${'x'.repeat(BEGINNING)}\0`), 'text/plain; charset=utf-8')
  assert.equal(typeOf(mediaTypes(), 'README', `\xfc${'x'.repeat(BEGINNING)}`), 'text/plain')
})

test('gives files whose name tells nothing the type that was configured, whatever is in them', () => {
  const types = mediaTypes({ defaultType: 'text/x-notes' })
  for (const name of NAMELESS) assert.equal(typeOf(types, name, '\0'), 'text/x-notes; charset=utf-8')
  assert.equal(typeOf(mediaTypes({ textCharset: 'koi8-r' }), 'README', 'x'), 'text/plain; charset=koi8-r')
  assert.equal(typeOf(mediaTypes({ textCharset: undefined }), 'README', 'x'), 'text/plain')
  assert.equal(
    typeOf(mediaTypes({ charsets: new Map([['latin1', 'iso-8859-1']]) }), 'README.latin1', 'x'),
    'text/plain; charset=iso-8859-1',
  )
})

test('says nothing of the character set of HTML that declares another, or cannot be UTF-8', () => {
  for (const [content, charset] of [
    ['<p>Hello', 'utf-8'],
    ['<meta charset=utf-8>', 'utf-8'],
    ['<meta charset="EUC-KR">', undefined],
    ['<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-1">', undefined],
    ['<!-- <meta charset=koi8-r> --><p>', 'utf-8'],
    ['\xef\xbb\xbf<meta charset=koi8-r>', 'utf-8'],
    ['\xff\xfe<\0p\0>\0', undefined],
    ['<p>gr\xc3\xbc\xc3\x9fe', 'utf-8'],
    ['<p>gr\xfc\xdfe', undefined],
    [`${'x'.repeat(BEGINNING)}<meta charset=koi8-r>`, 'utf-8'],
  ] as const) {
    const type = charset === undefined ? 'text/html' : `text/html; charset=${charset}`
    assert.equal(typeOf(mediaTypes(), 'a.html', content), type, content)
    assert.equal(typeOf(mediaTypes({ textCharset: 'utf-8' }), 'a.html', content), 'text/html; charset=utf-8')
    assert.equal(typeOf(mediaTypes({ textCharset: undefined }), 'a.html', content), 'text/html')
    assert.equal(typeOf(mediaTypes(), 'a.css', content), 'text/css; charset=utf-8')
  }
})

test('tells what a file is packed with, and nothing of one that is to be stored so', () => {
  const of = (name: string) => mediaTypes().of(name, () => Buffer.alloc(0))
  assert.deepEqual(of('/a/b.SVGZ'), { mediaType: 'image/svg+xml', coding: 'gzip' })
  assert.deepEqual(of('/a.svgz/b.svg.gz'), { mediaType: 'application/gzip', coding: undefined })
})

test('names a character set with text, and with nothing else', () => {
  const names = { 'a.js': 'text/javascript; charset=utf-8', 'a.css': 'text/css; charset=utf-8' }
  const others = { 'a.wasm': 'application/wasm', 'a.png': 'image/png', 'a.svg': 'image/svg+xml' }
  for (const [name, type] of Object.entries({ ...names, ...others, 'a.json': 'application/json' })) {
    assert.equal(typeOf(mediaTypes(), name), type)
  }
  assert.equal(typeOf(mediaTypes({ textCharset: undefined }), 'a.html'), 'text/html')
  assert.equal(typeOf(mediaTypes({ textCharset: 'koi8-r' }), 'a.txt'), 'text/plain; charset=koi8-r')
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
  assert.equal(typeOf(types, 'a.html'), 'application/xhtml+xml')
  assert.equal(typeOf(types, 'a.log'), 'Text/X-Log; charset=utf-8')
  assert.equal(typeOf(types, 'a.koi'), 'text/plain; charset="koi8-r"')
  assert.equal(typeOf(types, 'a.\xc3\xa9'), 'text/x-e; charset=utf-8')
  assert.equal(typeOf(types, 'a.json'), 'application/json; charset=utf-16')
})

test('takes a character set from any extension, the last that tells one', () => {
  const types = mediaTypes({
    types: new Map([['koi', 'text/plain; charset=koi8-r; format=flowed']]),
    charsets: new Map([
      ['latin1', 'iso-8859-1'],
      ['utf8', 'utf-8'],
    ]),
  })
  assert.equal(typeOf(types, 'a.latin1.txt'), 'text/plain; charset=iso-8859-1')
  assert.equal(typeOf(types, 'a.latin1.utf8.txt'), 'text/plain; charset=utf-8')
  assert.equal(typeOf(types, 'latin1.txt'), 'text/plain; charset=utf-8', 'that is its name')
  assert.equal(typeOf(types, 'a.latin1.koi'), 'text/plain; format=flowed; charset=iso-8859-1')
})
