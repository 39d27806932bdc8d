import assert from 'node:assert/strict'
import { utimesSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { get, request } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import type { Response } from './support/response.ts'
import { until } from './support/wait.ts'

const LONG_AGO = new Date('2026-01-02T03:04:05Z')

const daemon = await Daemon.start({
  config: [
    'ErrorDocument 404 "/fehlt/öh nö.html"',
    'ErrorDocument 403 "No"',
    'FallbackResource /app/shell.html',
    'AddType text/x-note .note',
    'AddCharset koi8-r .koi8',
    'Header set X-Frame-Options DENY',
    'Header always set X-Content-Type-Options nosniff',
    'Header always append Server mine',
    'Header unset ETag',
    'Header unset Last-Modified',
    'Header set Link "</a%%20b>; rel=preload"',
    'ExpiresByType text/css "access plus 1 month"',
    'ExpiresByType image/* M3600',
    'ExpiresDefault 60',
    'Redirect permanent /old /new',
    'Redirect /away https://example.com',
    'Redirect gone /gone',
    'Redirect 403 /closed',
    'Redirect "/ä b" /new',
  ],
  files: {
    'index.html': '<h1>Home</h1>',
    'style.css': 'body{}',
    'photo.png': 'PNG',
    'module.wasm': 'wasm',
    'a.note': 'note',
    'b.koi8.txt': 'koi8',
    'app/shell.html': '<h1>App</h1>',
    'fehlt/öh nö.html': '<h1>Fehlt</h1>',
    'empty/inner/file.txt': '',
    '.secret': 'secret',
  },
})
after(() => daemon[Symbol.asyncDispose]())
utimesSync(daemon.folder.resolve('var/www/photo.png'), LONG_AGO, LONG_AGO)

function field(response: Response, name: string): string | undefined {
  return response.fields.get(name)
}

describe('Redirect', () => {
  test('sends a path and what is below it elsewhere, query and escapes included, with a page that links there', async () => {
    const response = await daemon.ask(get('/old/%61%20b/?q=%41&x="<>'))
    assert.equal(response.status, 301)
    assert.equal(field(response, 'location'), '/new/a%20b/?q=%41&x="<>')
    assert.match(response.body.toString(), /<a href="\/new\/a%20b\/\?q=%41&amp;x=&quot;&lt;&gt;">/)
  })

  test('leads to another host only when it is told to', async () => {
    assert.equal(field(await daemon.ask(get('/away')), 'location'), 'https://example.com/')
    assert.equal(field(await daemon.ask(get('/away/a')), 'location'), 'https://example.com/a')
    assert.equal((await daemon.ask(get('/away.evil.example/'))).body.toString(), '<h1>App</h1>')
    assert.equal(field(await daemon.ask(get('/old//evil.example')), 'location'), '/new/evil.example')
  })

  test('lets no encoded line break into the head', async () => {
    const response = await daemon.ask(get('/old/%0d%0aSet-Cookie:%20a=b'))
    assert.equal(field(response, 'location'), '/new/%0D%0ASet-Cookie:%20a=b')
    assert.equal(field(response, 'set-cookie'), undefined)
  })

  test('compares the decoded path, in whatever bytes it was written', async () => {
    for (const path of ['/%C3%A4%20b', '/%c3%a4%20%62', '//%c3%a4%20b']) {
      assert.equal(field(await daemon.ask(get(path)), 'location'), '/new', path)
    }
  })

  test('answers an error that has no target with its page', async () => {
    const gone = await daemon.ask(get('/gone/for/good'))
    assert.equal(gone.status, 410)
    assert.equal(field(gone, 'location'), undefined)
    const closed = await daemon.ask(get('/closed'))
    assert.deepEqual([closed.status, closed.body.toString()], [403, 'No'])
  })

  test('holds for every method, and leaves HEAD without a body', async () => {
    for (const method of ['HEAD', 'POST', 'OPTIONS', 'BREW']) {
      const response = await daemon.ask(request(`${method} /old/a HTTP/1.1`))
      assert.deepEqual([response.status, field(response, 'location')], [301, '/new/a'], method)
    }
  })
})

describe('FallbackResource', () => {
  test('answers for what is absent, with 200 and its own validators', async () => {
    const response = await daemon.ask(get('/orders/5?x'))
    assert.deepEqual([response.status, response.body.toString()], [200, '<h1>App</h1>'])
    assert.equal(field(response, 'content-type'), 'text/html; charset=utf-8')
    assert.equal((await daemon.ask(request('HEAD /orders/5 HTTP/1.1'))).status, 200)
    assert.equal((await daemon.ask(get('/orders/5', 'Range: bytes=0-3'))).body.toString(), '<h1>')
  })

  test('leaves hidden names absent, and folders as they are', async () => {
    for (const path of ['/.secret', '/.git/config', '/a/.env']) {
      const response = await daemon.ask(get(path))
      assert.deepEqual([response.status, response.body.toString()], [404, '<h1>Fehlt</h1>'], path)
    }
    assert.equal(field(await daemon.ask(get('/empty/inner')), 'location'), 'inner/')
  })

  test('answers 404 when it is absent itself', async () => {
    await using other = await Daemon.start({ config: ['FallbackResource /app.html'] })
    assert.equal((await other.ask(get('/orders/5'))).status, 404)
    other.folder.publish('app.html', 'app')
    await until(async () => (await other.ask(get('/orders/5'))).status === 200, 'what has come to be seen')
  })
})

test('AllowDotNames serves the names it gives, and hides all others', async () => {
  const names = [
    '.well-known/a',
    '.git/config',
    'data/.zarray',
    '.zarrays',
    '.env',
    '.git/.env',
    'grün/.grün/a',
  ]
  await using other = await Daemon.start({
    config: ['Options +Indexes'],
    files: Object.fromEntries(names.map(name => [name, name])),
  })
  const found = async () => {
    const statuses = await Promise.all(
      names.map(async name => (await other.ask(get(`/${encodeURI(name)}`))).status),
    )
    return names.filter((_, index) => statuses[index] === 200)
  }
  const listed = async (path: string) => {
    const { body } = await other.ask(get(`${path}?format=json`))
    return (JSON.parse(body.toString()) as { name: string }[]).map(({ name }) => name)
  }
  assert.deepEqual(await found(), ['.well-known/a'])
  assert.deepEqual([await listed('/'), await listed('/data/')], [['data', 'grün'], []])

  await other.reconfigure('Options +Indexes', 'AllowDotNames .git .zarray .grün')
  assert.deepEqual(await found(), ['.git/config', 'data/.zarray', 'grün/.grün/a'])
  assert.deepEqual([await listed('/'), await listed('/data/')], [['.git', 'data', 'grün'], ['.zarray']])

  await other.reconfigure('Options +Indexes', 'AllowDotNames none')
  assert.deepEqual(await found(), [])
})

describe('Header', () => {
  test('changes successful responses, a 304 too', async () => {
    const whole = await daemon.ask(get('/style.css'))
    assert.equal(field(whole, 'x-frame-options'), 'DENY')
    assert.equal(field(whole, 'link'), '</a%20b>; rel=preload')
    assert.equal(field(whole, 'server'), 'webserver, mine')
    assert.deepEqual([field(whole, 'etag'), field(whole, 'last-modified')], [undefined, undefined])
    const same = await daemon.ask(get('/style.css', 'If-None-Match: *'))
    assert.deepEqual(
      [same.status, field(same, 'x-frame-options'), field(same, 'etag')],
      [304, 'DENY', undefined],
    )
  })

  test('changes errors and redirects only with always, malformed requests included', async () => {
    const requests = {
      404: get('/.secret'),
      405: request('DELETE / HTTP/1.1'),
      301: get('/old'),
      400: 'GET / HTTP/1.1\r\n\r\n',
    }
    for (const [status, bytes] of Object.entries(requests)) {
      const response = await daemon.ask(bytes)
      assert.equal(String(response.status), status)
      assert.equal(field(response, 'x-content-type-options'), 'nosniff', status)
      assert.equal(field(response, 'x-frame-options'), undefined, status)
    }
    const options = await daemon.ask(request('OPTIONS * HTTP/1.1'))
    assert.deepEqual([options.status, field(options, 'x-frame-options')], [204, 'DENY'])
  })
})

describe('Expires', () => {
  test('tells how long a file stays fresh, by its type', async () => {
    const css = await daemon.ask(get('/style.css'))
    assert.equal(field(css, 'cache-control'), 'max-age=2592000')
    const date = Date.parse(field(css, 'date') ?? '')
    assert.equal(Date.parse(field(css, 'expires') ?? ''), date + 2_592_000_000)
    assert.equal(field(await daemon.ask(get('/index.html')), 'cache-control'), 'max-age=60')
    const photo = await daemon.ask(get('/photo.png'))
    assert.equal(field(photo, 'cache-control'), 'max-age=0')
    assert.equal(field(photo, 'expires'), 'Fri, 02 Jan 2026 04:04:05 GMT')
  })

  test('tells it with parts and with a 304 too, but not with errors and redirects', async () => {
    const part = await daemon.ask(get('/style.css', 'Range: bytes=0-1'))
    assert.deepEqual([part.status, field(part, 'cache-control')], [206, 'max-age=2592000'])
    const same = await daemon.ask(get('/style.css', 'If-None-Match: *'))
    assert.deepEqual([same.status, field(same, 'cache-control')], [304, 'max-age=2592000'])
    for (const bytes of [get('/.secret'), get('/old'), request('OPTIONS / HTTP/1.1')]) {
      assert.equal(field(await daemon.ask(bytes), 'cache-control'), undefined, bytes)
    }
  })
})

describe('AddType and AddCharset', () => {
  test('tell the type of a file and its character set, which is UTF-8 for text and none for others', async () => {
    const types = {
      '/a.note': 'text/x-note; charset=utf-8',
      '/b.koi8.txt': 'text/plain; charset=koi8-r',
      '/module.wasm': 'application/wasm',
      '/photo.png': 'image/png',
    }
    for (const [path, type] of Object.entries(types)) {
      assert.equal(field(await daemon.ask(get(path)), 'content-type'), type)
    }
  })
})
