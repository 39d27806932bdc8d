import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { encodePath } from '../response/respond.ts'
import { RequestParser } from './request.ts'

const LIMITS = { head: { requestLine: 8190, fields: 100, fieldSize: 8190 }, body: 0 }

function target(line: string, ...hosts: string[]) {
  const fields = hosts.map(host => `Host: ${host}\r\n`).join('')
  const request = new RequestParser(LIMITS).parse(`${line}\r\n${fields}\r\n`)
  assert.ok(typeof request === 'object')
  return request.kind === 'refused' ? request.refusal.status : { host: request.host, target: request.target }
}

function path(text: string): string | number {
  const asked = target(`GET ${text} HTTP/1.1`, 'a')
  if (typeof asked === 'number') return asked
  return asked.target.kind === 'resource' ? asked.target.path : asked.target.kind
}

describe('A request target', () => {
  const paths: Record<string, string | number> = {
    '/': '/',
    '/a/b.html': '/a/b.html',
    '/a%20b%C3%A9': '/a b\xc3\xa9',
    '/%41': '/A',
    '/a\xc3\xa9%20b': '/a\xc3\xa9 b',
    '/\xf0\x9f\x98\x80/../\xc3\xa9': '/\xc3\xa9',
    '/caf\xe9': 400,
    '/\xc3%a9': 400,
    '/\xc0\xaf': 400,
    '/\xed\xa0\x80': 400,
    '/\xff': 400,
    'http://x\xc3\xa9/': 400,
    '/%2541': '/%41',
    '/a//b///c/': '/a/b/c/',
    '//evil.example/a': '/evil.example/a',
    '/a/./b/../c': '/a/c',
    '/a/..': '/',
    '/a/b/.': '/a/b/',
    '/a/%2e%2e/b': '/b',
    '/a/b?x=/../y': '/a/b',
    '/..': 400,
    '/../etc/passwd': 400,
    '/%2e%2e/etc/passwd': 400,
    '/a/../../b': 400,
    '/%': 400,
    '/%4': 400,
    '/%zz': 400,
    '/a%00b': 400,
    '/a#b': 400,
    '/a%2fb': 'nameless',
    '/a%2f..%2f..%2fetc': 'nameless',
    '/a\\..\\b': '/a\\..\\b',
    '*': 400,
    'a/b': 400,
    'ftp://x/a': 400,
    'http:///a': 400,
    'http://x': '/',
    'http://x/a?b': '/a',
    'http://x?b': '/',
    'http://user@x/': 400,
  }
  for (const [text, expected] of Object.entries(paths)) {
    test(`${text} names ${expected}`, () => assert.equal(path(text), expected))
  }

  test('keeps its query as it came', () => {
    assert.deepEqual(target('GET /a?b%20c?d HTTP/1.1', 'x'), {
      host: 'x',
      target: { kind: 'resource', path: '/a', query: '?b%20c?d' },
    })
  })

  test('may hold UTF-8 as it is, which means what it would mean encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), text => {
        fc.pre(text.isWellFormed() && !/[\0-\x20\x7f#?%/.]/.test(text))
        const asIs = Buffer.from(text).toString('latin1')
        assert.equal(path(`/${asIs}`), path(`/${encodeURIComponent(text)}`))
      }),
    )
    assert.equal(target('GET /a HTTP/1.1\xc3\xa9', 'x'), 400)
    assert.equal(target('G\xc3\xa9T /a HTTP/1.1', 'x'), 400)
  })

  test('of OPTIONS may be the server, of CONNECT is a tunnel', () => {
    assert.deepEqual(target('OPTIONS * HTTP/1.1', 'x'), {
      host: 'x',
      target: { kind: 'server' },
    })
    assert.deepEqual(target('CONNECT x:443 HTTP/1.1', 'x'), {
      host: 'x',
      target: { kind: 'tunnel' },
    })
  })

  test('whose path is encoded again names the same', () => {
    const name = fc.string({
      unit: fc.integer({ min: 1, max: 255 }).map(code => String.fromCharCode(code)),
      minLength: 1,
    })
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), names => {
        fc.pre(names.every(each => each !== '.' && each !== '..' && !each.includes('/')))
        const decoded = `/${names.join('/')}`
        assert.equal(path(encodePath(decoded)), decoded)
      }),
    )
  })
})

describe('Host', () => {
  const hosts: Record<string, string | number> = {
    'Example.com': 'example.com',
    'example.com:8080': 'example.com',
    '192.0.2.1': '192.0.2.1',
    '[2001:db8::1]:80': '[2001:db8::1]',
    '': 400,
    ':80': 400,
    '[:::]': 400,
    '[v1.a]': '[v1.a]',
    'a b': 400,
    'a/b': 400,
    'a:b': 400,
    'a:80:80': 400,
    'user@a': 400,
    '[::1': 400,
    'a,b': 'a,b',
    '%zz': 400,
  }
  for (const [host, expected] of Object.entries(hosts)) {
    test(`"${host}" is ${expected === 400 ? 'refused' : `taken for ${expected}`}`, () => {
      const address = target('GET / HTTP/1.1', host)
      assert.equal(typeof address === 'number' ? address : address.host, expected)
    })
  }

  test('must be there once in HTTP/1.1, and may be missing in HTTP/1.0', () => {
    assert.equal(target('GET / HTTP/1.1'), 400)
    assert.equal(target('GET / HTTP/1.1', 'a', 'a'), 400)
    assert.equal(target('GET / HTTP/1.0', 'a', 'b'), 400)
    assert.notEqual(target('GET / HTTP/1.0'), 400)
  })

  test('yields to the authority of an absolute target, but must be valid all the same', () => {
    const address = target('GET http://b:81/ HTTP/1.1', 'a')
    assert.equal(typeof address === 'object' && address.host, 'b')
    assert.equal(target('GET http://b/ HTTP/1.1', 'a b'), 400)
  })
})
