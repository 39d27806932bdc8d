import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hostName } from './host-name.ts'
import {
  charset,
  didYouMean,
  duration,
  enumerate,
  fieldName,
  fileExtension,
  flag,
  indexName,
  integer,
  mediaType,
  mediaTypeOrGroup,
  oneOf,
  orOff,
  path,
  size,
  urlPath,
  type ValueType,
} from './values.ts'

function refuses(type: ValueType<unknown>, ...words: string[]): void {
  for (const word of words) assert.equal(type.read(word), undefined, JSON.stringify(word))
}

test('reads On and Off in any case', () => {
  assert.deepEqual(['On', 'off', 'OFF'].map(flag.read), [true, false, false])
  refuses(flag, '', 'yes', '1', 'On ')
})

test('reads one of several words in any case, as the word is spelled', () => {
  const type = oneOf(['Full', 'Prod'])
  assert.equal(type.read('PROD'), 'Prod')
  refuses(type, '', 'Pro')
})

test('reads a duration in seconds, or in the unit behind it', () => {
  const type = duration('0', '30d')
  const words = ['0', '5', '500ms', '5s', '2min', '3h', '1D']
  assert.deepEqual(words.map(type.read), [0, 5000, 500, 5000, 120_000, 10_800_000, 86_400_000])
  refuses(
    type,
    '',
    '5x',
    '5 s',
    '-1',
    '1.5s',
    '+1',
    '0x10',
    '1e3',
    'ms',
    '5m',
    'constructor',
    '1constructor',
    '31d',
  )
})

test('reads a size in bytes, or in the power of 1024 behind it', () => {
  const type = size('0', '1T')
  const words = ['0', '8190', '1K', '1kb', '2KiB', '3m', '1GiB', '1T']
  assert.deepEqual(words.map(type.read), [0, 8190, 1024, 1024, 2048, 3_145_728, 1024 ** 3, 1024 ** 4])
  refuses(type, '', 'K', '1.5M', '-1', '1X', '1 K', '2T', '1toString')
})

test('takes the bounds of a quantity themselves, and nothing beyond them', () => {
  const bounded = duration('10ms', '1s')
  assert.deepEqual(['10ms', '1s', '1000ms'].map(bounded.read), [10, 1000, 1000])
  refuses(bounded, '9ms', '0', '1001ms', '9'.repeat(400))
  assert.equal(bounded.expected, 'a duration such as 500ms, 5s, 2min, 3h or 30d (10ms to 1s)')

  const number = integer(1, 10)
  assert.deepEqual(['1', '10', '007'].map(number.read), [1, 10, 7])
  refuses(number, '', '0', '11', '1.0', '1e0', ' 1')
})

test('reads off in any case where it stands for a value', () => {
  const type = orOff(duration('0', '1d'), Number.POSITIVE_INFINITY)
  assert.deepEqual(['OFF', '0', '20ms'].map(type.read), [Number.POSITIVE_INFINITY, 0, 20])
  refuses(type, 'on', '')
})

test('reads a host name, and refuses a port, a scheme or anything that could break a page', () => {
  for (const name of ['localhost', 'www.example.com', 'a-b_c.example.', '192.0.2.1', '[2001:db8::1]', '::1'])
    assert.equal(hostName.read(name), name)
  refuses(
    hostName,
    '',
    '[192.0.2.1]',
    '[::1]:80',
    '.',
    'a..b',
    'example.com:80',
    'http://example.com',
    '<b>',
    'a b',
    'é.example',
    'a'.repeat(64),
  )
})

test('refuses an index that HTTP could not reach, and a path that is a command', () => {
  assert.equal(indexName.read('index.html'), 'index.html')
  assert.equal(indexName.read('/a/b.html'), '/a/b.html')
  refuses(indexName, '', '.', '..', '.index', 'a/b', '/', '/a/', '/a?b', '/a#b')
  assert.equal(path.read('var/www'), 'var/www')
  refuses(path, '', '|/usr/bin/rotatelogs')
})

test('reads a media type, with parameters where they are wanted', () => {
  const parameters = 'text/html; charset=utf-8;x="a b;c"'
  assert.equal(mediaType.read(parameters), parameters)
  assert.equal(mediaTypeOrGroup.read('Image/SVG+xml'), 'image/svg+xml')
  assert.equal(mediaTypeOrGroup.read('image/*'), 'image/*')
  refuses(
    mediaType,
    '',
    'text',
    'text/',
    '/html',
    'text/html;',
    'text/html; charset',
    'a/b\r\nX: y',
    'a/b/c',
    'é/b',
  )
  refuses(mediaTypeOrGroup, '*/*', 'text', parameters)
  refuses(charset, '', 'utf-8;x=y', 'a b', '"utf-8"')
})

test('reads an extension with or without its dot, and the name of a field with or without its colon', () => {
  assert.deepEqual(['.TXT', 'txt'].map(fileExtension.read), ['txt', 'txt'])
  refuses(fileExtension, '', '.', 'tar.gz', '..txt', 'a/b')
  assert.deepEqual(['X-A', 'X-A:'].map(fieldName.read), ['X-A', 'X-A'])
  refuses(fieldName, '', ':', 'X-A::', 'X A', 'X:A', 'X\n', 'é')
})

test('reads a path as a request would name it once it is decoded', () => {
  for (const word of ['/', '/a b/é', '/100%', '/a/..b', '/a/']) assert.equal(urlPath.read(word), word)
  refuses(urlPath, '', 'a', '//a', '/a?b', '/a#b', '/a%20b', '/a//b', '/a/./b', '/a/..')
})

const NAMES = ['Listen', 'KeepAlive', 'KeepAliveTimeout', 'Timeout', 'LogLevel']

test('finds the word that was meant, in any case', () => {
  for (const word of ['Lisen', 'Listenn', 'LISTEM', 'Lsiten'])
    assert.equal(didYouMean(word, NAMES), ' (did you mean Listen?)', word)
  assert.equal(didYouMean('KeepAliveTimout', NAMES), ' (did you mean KeepAliveTimeout?)')
})

test('suggests nothing for a word that is like none', () => {
  for (const word of ['', 'x', 'LoadModule', 'User']) assert.equal(didYouMean(word, NAMES), '', word)
  assert.equal(didYouMean('Listen', []), '')
})

test('enumerates words as a sentence does', () => {
  assert.deepEqual([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(enumerate), ['', 'a', 'a or b', 'a, b or c'])
})

test('answers any word with a value or with nothing, and never throws', () => {
  const types = [
    flag,
    integer(0, 9),
    duration('0', '1d'),
    size('0', '1T'),
    hostName,
    indexName,
    path,
    urlPath,
    mediaType,
    mediaTypeOrGroup,
    charset,
    fileExtension,
    fieldName,
  ]
  const word = fc.oneof(fc.string(), fc.stringMatching(/^[\d:.[\]%a-f*]*$/))
  fc.assert(fc.property(word, value => types.forEach(type => void type.read(value))))
})
