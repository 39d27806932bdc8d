import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interpret } from '../config/interpret.ts'
import { parseSyntax } from '../config/syntax.ts'
import { Fields } from '../http/fields.ts'
import { Proxies } from './proxies.ts'

function configOf(...lines: readonly string[]) {
  const { statements, problems } = parseSyntax(lines.join('\n'), 'w.conf')
  const found = interpret(statements, { file: 'w.conf', serverRoot: '/srv', serverName: 'vm' })
  assert.deepEqual([...problems, ...found.problems], [])
  return found.config
}

function host(at: string, ...lines: readonly string[]): readonly string[] {
  return [
    `<VirtualHost ${at}>`,
    `ServerName ${at.replaceAll(/\W/g, 'x')}`,
    'DocumentRoot a',
    ...lines,
    '</VirtualHost>',
  ]
}

/** How connections from addresses begin, at a port. */
function beginnings(lines: readonly string[], port: number, ...addresses: readonly string[]) {
  const proxies = Proxies.under(configOf(...lines))
  return addresses.map(address => proxies?.beginningOf({ remote: { address }, local: { port } }))
}

const ON = 'RemoteIPProxyProtocol On'
const OFF = 'RemoteIPProxyProtocol Off'

test('where nobody is believed, nothing is asked', () => {
  assert.equal(Proxies.under(configOf('Listen 80', OFF, 'RemoteIPTrustedProxy 192.0.2.1')), undefined)
})

test('without a list neighbours may send a PROXY header, and with one only who is in it', () => {
  assert.deepEqual(beginnings([ON], 80, '127.0.0.1', '10.0.0.1', '::1', '192.0.2.1', '-'), [
    ...['proxy', 'proxy', 'proxy', 'stranger', 'stranger'],
  ])
  const lines = [ON, 'RemoteIPTrustedProxy 192.0.2.1 2001:db8::/64', 'RemoteIPInternalProxy 10.0.0.1']
  assert.deepEqual(beginnings(lines, 80, '127.0.0.1', '10.0.0.1', '10.0.0.2', '192.0.2.1', '2001:db8::9'), [
    ...['stranger', 'proxy', 'stranger', 'proxy', 'proxy'],
  ])
})

test('exceptions are clients, proxies or not', () => {
  const lines = [
    ON,
    'RemoteIPProxyProtocolExceptions 127.0.0.1 192.0.2.0/24',
    'RemoteIPProxyProtocolExceptions ::1',
  ]
  assert.deepEqual(beginnings(lines, 80, '127.0.0.1', '127.0.0.2', '192.0.2.1', '::1', '198.51.100.1'), [
    ...['client', 'proxy', 'client', 'client', 'stranger'],
  ])
})

test('at a port it is as its hosts say, and else as the server says', () => {
  const one = [...host('*:80', ON), ...host('*:81', OFF), ...host('*:82')]
  assert.deepEqual(
    [80, 81, 82, 83].map(port => beginnings(one, port, '127.0.0.1')[0]),
    ['proxy', 'client', 'client', 'client'],
  )
  assert.deepEqual(
    [80, 81, 82, 83].map(port => beginnings([ON, ...one], port, '127.0.0.1')[0]),
    ['proxy', 'client', 'proxy', 'proxy'],
  )
})

test('where it is not known which port it is, everybody is a stranger', () => {
  assert.deepEqual(beginnings([...host('*:80', ON)], 0, '127.0.0.1'), ['stranger'])
})

test('at a Unix socket it is as hosts without a port say, and its name in a list is unix:', () => {
  const at = (...lines: readonly string[]) => beginnings(lines, 0, 'unix:')[0]
  assert.deepEqual(
    [
      at(ON),
      at(ON, 'RemoteIPTrustedProxy unix:'),
      at(ON, 'RemoteIPTrustedProxy 127.0.0.1'),
      at(ON, 'RemoteIPProxyProtocolExceptions unix:'),
      at(...host('*', ON)),
      at(...host('*:80', ON)),
    ],
    ['proxy', 'proxy', 'stranger', 'client', 'proxy', 'client'],
  )
})

test('of several lists at a port all must name a proxy; those of other ports do not count', () => {
  const lines = [
    'Listen 80',
    'RemoteIPTrustedProxy 192.0.2.9',
    ...host('*:80', ON, 'RemoteIPTrustedProxy 192.0.2.1 192.0.2.2'),
    ...host('*', 'RemoteIPTrustedProxy 192.0.2.2 192.0.2.3'),
    ...host('*:81', 'RemoteIPTrustedProxy 192.0.2.4'),
  ]
  assert.deepEqual(beginnings(lines, 80, '192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.9'), [
    ...['stranger', 'proxy', 'stranger', 'stranger', 'stranger'],
  ])
})

test('a field is read for the host that has its name, from proxies of that host', () => {
  const config = configOf(
    'RemoteIPHeader X-Forwarded-For',
    'RemoteIPTrustedProxy 192.0.2.1',
    ...host('*:80', 'RemoteIPInternalProxy 192.0.2.2'),
    ...host('*:81', 'RemoteIPHeader X-Real-IP'),
  )
  const proxies = Proxies.under(config)
  const fields = new Fields(
    'X-Forwarded-For: 203.0.113.7\r\nx-forwarded-for: 203.0.113.8\r\nX-Real-IP: 203.0.113.9\r\n',
  )
  const clients = [config, ...config.hosts].map(each =>
    ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(
      address => proxies?.clientOf(each, fields, { address, port: 1 }).address,
    ),
  )
  assert.deepEqual(clients, [
    ['203.0.113.8', '192.0.2.2', '192.0.2.3'],
    ['192.0.2.1', '203.0.113.8', '192.0.2.3'],
    ['203.0.113.9', '192.0.2.2', '192.0.2.3'],
  ])
  const shared = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(address => proxies?.isShared(address))
  assert.deepEqual(shared, [true, true, false])
  assert.equal(proxies?.beginningOf({ remote: { address: '192.0.2.1' }, local: { port: 80 } }), 'client')
})
