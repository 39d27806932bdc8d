import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Client, get } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import { run } from '../support/program.ts'
import { until } from '../support/wait.ts'
import { Peer } from './peers.ts'

test('Redirects and listings lead nowhere else behind an nginx that takes a prefix off the path', async () => {
  await using daemon = await Daemon.start({
    config: ['Options +Indexes', 'Redirect /old http://www.example.net/new'],
    files: { 'folder/deeper/page.txt': 'found' },
  })
  const lines = [`location /published/ { proxy_pass http://127.0.0.1:${daemon.port}/; }`]
  await using nginx = await Peer.nginx('/nonexistent', lines)
  const site = `http://127.0.0.1:${nginx.port}/published`
  const visit = async (url: string, ...args: string[]) => {
    const asked = '\n%{http_code} %{url_effective} %{redirect_url}'
    const outcome = await run('/usr/bin/curl', ['--disable', '--silent', '--write-out', asked, ...args, url])
    const [, body, status, address, redirect] = /^(.*)\n(\S+) (\S+) (\S*)$/s.exec(outcome.stdout) ?? []
    return { body, status, address, redirect }
  }

  const listing = await visit(`${site}/folder/deeper?sort=size`, '--location')
  assert.partialDeepStrictEqual(listing, { status: '200', address: `${site}/folder/deeper/?sort=size` })
  const links = [...(listing.body ?? '').matchAll(/<a (?:rel="up" )?href ?= ?"([^"]*)"/g)]
  const addresses = links.map(([, link = '']) => new URL(link, listing.address).href)
  for (const expected of [`${site}/`, `${site}/folder/`, `${site}/folder/deeper/page.txt`]) {
    assert.ok(addresses.includes(expected), addresses.join('\n'))
  }
  for (const address of addresses) assert.equal((await visit(address)).status, '200', address)

  const elsewhere = await visit(`${site}/old`)
  assert.partialDeepStrictEqual(elsewhere, { status: '302', redirect: 'http://www.example.net/new' })
})

test('An nginx in front gets all it asks for through a Unix socket', async () => {
  const large = randomBytes(3 * 1024 ** 2)
  await using daemon = await Daemon.start({
    config: ['Listen unix:var/run/web.sock mode=0666'],
    files: { 'folder/index.html': 'index', large },
  })
  const lines = [
    'proxy_http_version 1.1;',
    'proxy_max_temp_file_size 0;',
    `location / { proxy_pass http://unix:${daemon.folder.resolve('var/run/web.sock')}; proxy_set_header Host $host; }`,
  ]
  await using nginx = await Peer.nginx('/nonexistent', lines)
  const visitors = Array.from({ length: 40 }, async () => {
    using client = await Client.connect(nginx.port)
    client.send(get('/folder'))
    const redirect = await client.response()
    assert.deepEqual([redirect.status, redirect.fields.get('location')], [301, 'folder/'])
    client.send(get('/folder/'))
    assert.equal(`${(await client.response()).body}`, 'index')
    client.send(get('/large', 'Range: bytes=1000-1999999'))
    assert.equal((await client.responseHead()).status, 206)
    return await client.hash(1_999_000)
  })
  const expected = createHash('sha256').update(large.subarray(1000, 2_000_000)).digest('hex')
  assert.deepEqual(new Set(await Promise.all(visitors)), new Set([expected]))
  const [line] = await daemon.accessLog(120)
  assert.match(line ?? '', /^unix: - - /)
})

test('An HAProxy in front sends nothing more to a server that drains, without a request that fails', async () => {
  const config = ['HealthPath /-/health', 'Redirect /old https://www.example.net/', 'StrictHostCheck On']
  const files = { 'a.txt': 'first' }
  await using one = await Daemon.start({
    config: ['Listen unix:var/run/web.sock', 'Header set X-Server one', ...config],
    files,
  })
  await using two = await Daemon.start({ config: ['Header set X-Server two', ...config], files })
  await using haproxy = await Peer.balancer([
    'option httpchk',
    'http-check send meth GET uri /-/health ver HTTP/1.1 hdr Host balancer',
    'default-server check inter 50ms fall 1 rise 1',
    `server one unix@${one.folder.resolve('var/run/web.sock')}`,
    `server two 127.0.0.1:${two.port}`,
  ])
  const visit = async () => {
    using client = await Client.connect(haproxy.port)
    client.send(get('/a.txt'))
    const { status, fields } = await client.response()
    assert.equal(status, 200)
    return fields.get('x-server') ?? ''
  }
  const visits = async () => new Set(await Promise.all(Array.from({ length: 6 }, visit)))
  const answeredBy = (...names: readonly string[]) =>
    until(async () => (await visits()).symmetricDifference(new Set(names)).size === 0, names.join(' and '))
  await answeredBy('one', 'two')
  await one.ctl('drain')
  await answeredBy('two')
  assert.equal((await one.ctl('drain', '--wait')).code, 0)
  await one.ctl('undrain')
  await answeredBy('one', 'two')
  assert.ok(
    (await one.accessLog(1)).every(line => line.includes('"GET /a.txt ')),
    'checks are not logged',
  )
})
