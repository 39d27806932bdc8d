import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { ListenAddress } from '../config/config.ts'
import { interpret } from '../config/interpret.ts'
import { parseSyntax } from '../config/syntax.ts'
import { banner } from './banner.ts'

/** What is said of a server with this configuration, by label. */
function rows(
  text: string,
  bound: readonly ListenAddress[] = [],
  serverRoot = '/srv',
): Record<string, string[]> {
  const { statements } = parseSyntax(text, 'w.conf')
  const { config } = interpret(statements, { file: 'w.conf', serverRoot, serverName: 'vm' })
  const said: Record<string, string[]> = {}
  let last = ''
  for (const line of stripVTControlCharacters(banner(config, bound)).split('\n')) {
    const [, label, value] = /^ {2}(\w*) +(\S.*)$/.exec(line) ?? []
    if (label === undefined || value === undefined) continue
    if (label !== '') last = label
    said[last] = [...(said[last] ?? []), value]
  }
  return said
}

test('says where to browse, as a URL that can be opened', () => {
  const { Browse } = rows('', [
    { host: '192.0.2.7', port: 80 },
    { host: '2001:db8::1', port: 8080 },
  ])
  assert.deepEqual(Browse, ['http://192.0.2.7/', 'http://[2001:db8::1]:8080/'])
})

test('says how a Unix socket is tried', () => {
  const { Browse } = rows('', [{ path: '/run/web.sock', mode: 0o660 }])
  assert.deepEqual(Browse, ['curl --unix-socket /run/web.sock http://localhost/'])
})

test('names this machine and its addresses where it listens on all of them, link-local ones not', () => {
  const reachable = Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
  const urls = (addresses: typeof reachable) => [
    'http://localhost/',
    ...addresses.map(({ family, address }) => `http://${family === 'IPv6' ? `[${address}]` : address}/`),
  ]
  for (const host of ['::', undefined])
    assert.deepEqual(rows('', [{ host, port: 80 }])['Browse'], urls(reachable))
  const { Browse } = rows('', [{ host: '0.0.0.0', port: 80 }])
  assert.deepEqual(Browse, urls(reachable.filter(({ family }) => family === 'IPv4')))
})

test('says what is served and written where, from the working folder where that is shorter', () => {
  const text = 'DocumentRoot www\nCustomLog a.log common\nErrorLog e.log\nControlSocket /run/a.sock'
  const here = rows(text, [], process.cwd())
  assert.deepEqual([here['Serving'], here['Logs']], [['www'], ['a.log', 'e.log']])
  const elsewhere = rows(text, [], '/srv')
  assert.deepEqual([elsewhere['Serving'], elsewhere['Logs']], [['/srv/www'], ['/srv/a.log', '/srv/e.log']])
  assert.match(elsewhere['Control']?.join() ?? '', /^\/run\/a\.sock \(.+ status\)$/)
  assert.deepEqual(rows(`DocumentRoot ${process.cwd()}`)['Serving'], ['.'])
  assert.deepEqual(rows('CustomLog off\nErrorLog journal')['Logs'], undefined)
})
