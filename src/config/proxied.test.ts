import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interpret } from './interpret.ts'
import { parseSyntax } from './syntax.ts'
import { formatPeerNetwork } from './values/network.ts'

function read(...lines: readonly string[]) {
  const { statements, problems } = parseSyntax(lines.join('\n'), 'w.conf')
  const found = interpret(statements, { file: 'w.conf', serverRoot: '/srv', serverName: 'vm' })
  const told = (all: typeof problems) => all.map(({ place, message }) => `${place?.line} ${message}`)
  return {
    config: found.config,
    problems: told([...problems, ...found.problems]),
    warnings: told(found.config.warnings),
  }
}

const host = (at: string, ...lines: readonly string[]) => [
  `<VirtualHost ${at}>`,
  `ServerName host${lines.length}.example`,
  'DocumentRoot a',
  ...lines,
  '</VirtualHost>',
]
const ON = 'RemoteIPProxyProtocol On'
const OFF = 'RemoteIPProxyProtocol Off'
const TRUSTED = 'RemoteIPTrustedProxy 192.0.2.1'

test('a field that everybody would be believed is refused, with what is missing', () => {
  const expected =
    'Whoever sends the field would be believed: add "RemoteIPTrustedProxy" or "RemoteIPInternalProxy" with the addresses of your proxies'
  assert.deepEqual(read('Listen 80', 'RemoteIPHeader X-Forwarded-For').problems, [`2 ${expected}`])
  assert.deepEqual(read('Listen 80', ...host('*', 'RemoteIPHeader X-Real-IP')).problems, [`5 ${expected}`])
  for (const lines of [
    ['RemoteIPHeader X-Forwarded-For', TRUSTED],
    ['RemoteIPHeader X-Forwarded-For', 'RemoteIPInternalProxy 10.0.0.0/8'],
    [TRUSTED, ...host('*', 'RemoteIPHeader X-Real-IP')],
    host('*', 'RemoteIPHeader X-Real-IP', TRUSTED),
  ])
    assert.deepEqual(read('Listen 80', ...lines).problems, [])
})

test('a PROXY header without a list of proxies is warned of', () => {
  const expected =
    'Whoever has a loopback or private address may say here who the client is: add "RemoteIPTrustedProxy" with the addresses of your proxies'
  assert.deepEqual(read('Listen 80', ON).warnings, [`2 ${expected}`])
  assert.deepEqual(read('Listen 80', ...host('*:80', ON)).warnings, [`5 ${expected}`])
  assert.deepEqual(read('Listen 80', OFF).warnings, [])
  assert.deepEqual(read('Listen 80', ON, TRUSTED).warnings, [])
  assert.deepEqual(read('Listen 80', TRUSTED, ...host('*:80', ON)).warnings, [])
})

test('hosts of one port that contradict each other are refused', () => {
  const two = (one: string, other: string) =>
    read('Listen 80', 'Listen 81', TRUSTED, ...host(one, ON), ...host(other, OFF, 'ServerAlias other'))
      .problems
  assert.deepEqual(two('*:80', '*:81'), [])
  const expected =
    '12 A PROXY header comes before it is known which host is meant, and w.conf:7:1 says otherwise of the same port: give all hosts of a port one answer'
  assert.deepEqual(two('*:80', '*:80'), [expected])
  assert.deepEqual(two('*', '*:80'), [expected])
  assert.deepEqual(two('*:8080', '*:8080'), [expected])
})

test('networks and fields are read as they are for other directives', () => {
  const { config, problems } = read(
    'RemoteIPHeader X-Forwarded-For:',
    'RemoteIPTrustedProxy 192.0.2.0/24 10.1',
    'RemoteIPInternalProxy 2001:db8::/32',
    'RemoteIPTrustedProxy 198.51.100.1 Unix:',
    'RemoteIPProxyProtocolExceptions ::1',
    'RemoteIPProxyProtocolExceptions 127.0.0.0/255.0.0.0',
  )
  assert.deepEqual(problems, [])
  assert.equal(config.remoteIpHeader, 'x-forwarded-for')
  assert.deepEqual(
    config.remoteIpProxies.map(({ network, isInternal }) => [formatPeerNetwork(network), isInternal]),
    [
      ['192.0.2.0/24', false],
      ['10.1.0.0/16', false],
      ['2001:db8::/32', true],
      ['198.51.100.1/32', false],
      ['unix:', false],
    ],
  )
  assert.deepEqual(config.remoteIpProxyProtocolExceptions.map(formatPeerNetwork), ['::1/128', '127.0.0.0/8'])
})

test('what is mistaken is refused with what to write', () => {
  for (const [line, message] of [
    [
      'RemoteIPHeader Forwarded',
      /^1 Expected a field of addresses alone, got Forwarded: have the proxy send X-Forwarded-For/,
    ],
    ['RemoteIPHeader "X Y"', /^1 Expected the name of a field/],
    ['RemoteIPTrustedProxy proxy.example\nRemoteIPHeader X', /^1 Expected an address or network such as/],
    [
      'RemoteIPTrustedProxyList proxies.txt',
      /^1 Unknown directive .* of Apache: write RemoteIPTrustedProxy .* Include/,
    ],
    ['RemoteIPProxyProtocol Optional', /^1 Expected On or Off/],
    [
      'RemoteIPTrustedProxy 192.0.2.1 192.0.2.1/32',
      /^1 RemoteIPTrustedProxy 192\.0\.2\.1\/32 is given already/,
    ],
  ] as const) {
    const { problems } = read(line)
    assert.equal(problems.length, 1, `${line}: ${problems}`)
    assert.match(problems[0] ?? '', message)
  }
})

test('a host that names proxies leaves aside those around it, of both kinds', () => {
  const { config } = read(
    TRUSTED,
    'RemoteIPInternalProxy 192.0.2.2',
    'RemoteIPProxyProtocolExceptions ::1',
    ...host('*:80', 'RemoteIPInternalProxy 192.0.2.3', 'RemoteIPProxyProtocolExceptions ::2'),
    ...host('*:81'),
  )
  const addresses = [config, ...config.hosts].map(({ remoteIpProxies, remoteIpProxyProtocolExceptions }) =>
    [...remoteIpProxies.map(({ network }) => network), ...remoteIpProxyProtocolExceptions].map(
      formatPeerNetwork,
    ),
  )
  assert.deepEqual(addresses, [
    ['192.0.2.1/32', '192.0.2.2/32', '::1/128'],
    ['192.0.2.3/32', '::2/128'],
    ['192.0.2.1/32', '192.0.2.2/32', '::1/128'],
  ])
})
