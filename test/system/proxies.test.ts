import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Daemon } from '../support/daemon.ts'
import { run } from '../support/program.ts'
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
