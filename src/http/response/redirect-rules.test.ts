import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RedirectRules } from './redirect-rules.ts'

function locate(from: string, target: string, path: string, query = ''): string | undefined {
  const answer = new RedirectRules([{ status: 302, path: from, target }]).find({ path, query })?.answer
  return answer?.kind === 'page' ? answer.fields.find(([name]) => name === 'Location')?.[1] : undefined
}

test('redirects a path and all below it, by whole segments', () => {
  assert.equal(locate('/old', '/new', '/old'), '/new')
  assert.equal(locate('/old', '/new', '/old/'), '/new/')
  assert.equal(locate('/old', 'https://example.com/x', '/old/a/b.html'), 'https://example.com/x/a/b.html')
  assert.equal(locate('/old', '/new', '/older'), undefined)
  assert.equal(locate('/old', '/new', '/a/old'), undefined)
  assert.equal(locate('/old/', '/new/', '/old'), undefined)
  assert.equal(locate('/old/', '/new/', '/old/a'), '/new/a')
  assert.equal(locate('/', 'https://example.com/', '/a/b'), 'https://example.com/a/b')
})

test('keeps the query, unless the target has one', () => {
  assert.equal(locate('/old', '/new', '/old/a', '?q=%41&"'), '/new/a?q=%41&"')
  assert.equal(locate('/old', '/new?id=', '/old/5', '?q'), '/new?id=/5')
  assert.equal(locate('/old', '/new#top', '/old/a', '?q'), '/new/a?q#top')
})

test('encodes again what was decoded', () => {
  assert.equal(locate('/é', '/new', '/\xc3\xa9/\xff \r\n%'), '/new/%FF%20%0D%0A%25')
  assert.equal(locate('/old', '/new', '/old', '?q=\xc3\xa9%C3%A9'), '/new?q=%C3%A9%C3%A9')
})

test('puts one slash between target and rest, so that neither can become a host', () => {
  assert.equal(locate('/old', '/', '/old/example.com'), '/example.com')
  assert.equal(locate('/old', 'https://example.com/', '/old/a'), 'https://example.com/a')
})

test('sends nobody to another host than the target names, whatever the path', () => {
  const name = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map(byte => String.fromCharCode(byte)) })
  const rest = fc.array(name.filter(each => each !== '' && !each.includes('/'))).map(names => names.join('/'))
  const targets = ['/', '/new', '/new/', 'https://example.com/', 'https://example.com/a?b', '/#top']
  fc.assert(
    fc.property(
      fc.constantFrom('/', '/old', '/old/'),
      fc.constantFrom(...targets),
      rest,
      (from, target, path) => {
        const location = locate(from, target, `${from === '/old' ? '/old/' : from}${path}`) ?? ''
        const here = 'http://here.example'
        assert.equal(new URL(location, here).origin, new URL(target, here).origin, location)
        assert.match(location, /^[!-~]+$/)
      },
    ),
  )
})

test('uses the first rule that matches, and answers an error without a target', () => {
  const rules = new RedirectRules([
    { status: 410, path: '/old/gone', target: undefined },
    { status: 301, path: '/old', target: '/new' },
  ])
  assert.deepEqual(rules.find({ path: '/old/gone/a', query: '?q' })?.answer, {
    kind: 'page',
    status: 410,
    fields: [],
  })
  assert.deepEqual(rules.find({ path: '/old/a', query: '' })?.answer, {
    kind: 'page',
    status: 301,
    fields: [['Location', '/new/a']],
  })
  assert.equal(rules.find({ path: '/', query: '' })?.answer, undefined)
})
