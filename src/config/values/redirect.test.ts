import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RedirectRule } from '../../http/response/redirect-rules.ts'
import { interpret } from '../interpret.ts'
import { parseSyntax } from '../syntax.ts'

function read(text: string): { redirects: readonly RedirectRule[]; problems: string[] } {
  const { statements } = parseSyntax(text, 'w.conf')
  const surroundings = { file: 'w.conf', serverRoot: '/srv', serverName: 'vm' }
  const { config, problems } = interpret(statements, surroundings)
  return { redirects: config.redirect, problems: problems.map(problem => problem.message) }
}

function redirect(args: string): RedirectRule | undefined {
  const { redirects, problems } = read(`Redirect ${args}`)
  assert.deepEqual(problems, [], args)
  return redirects[0]
}

test('is temporary unless another status is given, by name or number', () => {
  const statuses = { '': 302, temp: 302, Permanent: 301, seeother: 303, 301: 301, 307: 307, 308: 308 }
  for (const [name, status] of Object.entries(statuses)) {
    assert.deepEqual(redirect(`${name} /old /new`), { status, path: '/old', target: '/new' })
  }
})

test('answers an error when the status is one, which needs no target', () => {
  assert.deepEqual(redirect('gone /old'), { status: 410, path: '/old', target: undefined })
  for (const status of [400, 599]) {
    assert.deepEqual(redirect(`${status} /old`), { status, path: '/old', target: undefined })
  }
  assert.deepEqual(redirect('451 /old'), { status: 451, path: '/old', target: undefined })
  assert.match(
    read('Redirect gone /old /new').problems[0] ?? '',
    /^Expected nothing behind "\/old", got "\/new"/,
  )
})

test('writes any target as a URI, so that no Location can hold a control byte or a blank', () => {
  const targets = {
    'https://example.com': 'https://example.com/',
    'HTTP://Example.com:80/a?b#c': 'http://example.com/a?b#c',
    'https://bücher.example/é': 'https://xn--bcher-kva.example/%C3%A9',
    '/a b\u0001"<>': '/a%20b%01%22%3C%3E',
    '/%c3%a9?q=1#top': '/%c3%a9?q=1#top',
  }
  for (const [target, written] of Object.entries(targets)) {
    assert.equal(redirect(`/old '${target}'`)?.target, written)
  }
})

test('refuses a target that is neither a path nor a URL, or that only looks like a path', () => {
  for (const target of [
    'new',
    'example.com/',
    '//example.com/',
    '/\\\\example.com/',
    '/..//example.com/',
    'mailto:a@b.c',
    'http://[',
  ]) {
    assert.match(
      read(`Redirect /old ${target}`).problems[0] ?? '',
      /^Expected a target such as \/new or/,
      target,
    )
  }
})

test('refuses a path that no request could have, and a status that says nothing', () => {
  for (const path of ['/a?b', '/a#b', '/a%20b', '//a']) {
    assert.match(read(`Redirect ${path} /new`).problems[0] ?? '', /^Expected a path such as/, path)
  }
  for (const status of ['foo', '200', '304', '300', '600', '4100', '4e2', '0x194', 'constructor', 'old']) {
    assert.match(
      read(`Redirect ${status} /old /new`).problems[0] ?? '',
      /^Expected a path such as \/old, perm/,
    )
  }
  assert.match(read('Redirect /old').problems[0] ?? '', /^Expected a target such as .* got nothing/)
  assert.match(
    read('Redirect /old /a\nRedirect gone /old').problems[0] ?? '',
    /^Redirect \/old is given already/,
  )
})

test('refuses redirects that would send clients in a circle', () => {
  const circles = [
    'Redirect /a /a',
    'Redirect / /maintenance',
    'Redirect /a /a/b',
    'Redirect "/a b" /a%20b?x#y',
    'Redirect /a /b\nRedirect /b/ /c\nRedirect /b /a',
  ]
  for (const text of circles) assert.match(read(text).problems[0] ?? '', /sent on for ever/, text)
})

test('lets redirects lead to one another, and to what only begins alike', () => {
  const ways = [
    'Redirect /a /b\nRedirect /b /c',
    'Redirect /a /ab',
    'Redirect /a/ /a',
    'Redirect / https://example.com/',
    'Redirect gone /b\nRedirect /a /b/c',
    'Redirect /a/x /end\nRedirect /a /a/x',
  ]
  for (const text of ways) assert.deepEqual(read(text).problems, [], text)
})

test('warns of a redirection that may lead in a circle by a name of this server', () => {
  const warnings = (...lines: readonly string[]) => {
    const { statements } = parseSyntax(['Listen 80', 'Listen [::1]:8080', ...lines].join('\n'), 'w.conf')
    const surroundings = { file: 'w.conf', serverRoot: '/srv', serverName: 'www.example.com' }
    return interpret(statements, surroundings).config.warnings.map(({ message }) => message)
  }
  const circular = [
    'Redirect / https://www.example.com/',
    'Redirect /old http://WWW.example.com./old/new',
    'Redirect /old http://localhost:8080/old',
    'Redirect /old http://[::1]:8080/old',
  ]
  for (const line of circular)
    assert.match(
      warnings(line).join(),
      /a name of this server: unless another answers there, .* for ever/,
      line,
    )
  assert.equal(warnings('Redirect /a /b', 'Redirect /b http://localhost/a').length, 1)
  const elsewhere = [
    'Redirect / https://example.com/',
    'Redirect /old http://www.example.com/new',
    'Redirect / http://www.example.com:81/',
    'Redirect gone /',
  ]
  for (const line of elsewhere) assert.deepEqual(warnings(line), [], line)
})

test('refuses an expression whose groups would decide on a host, that leads to itself, or cannot be read', () => {
  for (const [line, expected] of [
    ['RedirectMatch ^/(.*) https://$1.example.com/', /^Expected a host as it stands and a slash behind it/],
    ['RedirectMatch ^/(.*) https://www.example.com$1', /^Expected a host as it stands and a slash behind it/],
    ['RedirectMatch a /a/b', /^Expected a target in which "a" is not found, got "\/a\/b"/],
    ['RedirectMatch ( /b', /^Expected a regular expression of RE2, got "\("/],
    ['RedirectMatch gone ^/a$ /b', /^Expected nothing behind/],
    ['RedirectPermanent /a', /^Expected a target such as/],
    ['RedirectPermanent gone /a', /^Expected a path/],
    ['RedirectTemp /a /a/b', /^Expected a target outside what is redirected/],
  ] as const)
    assert.match(read(line).problems[0] ?? '', expected, line)
})
