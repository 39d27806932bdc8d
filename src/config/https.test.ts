import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interpret } from './interpret.ts'
import { parseSyntax } from './syntax.ts'

function read(...lines: readonly string[]) {
  const { statements, problems } = parseSyntax(lines.join('\n'), 'w.conf')
  const found = interpret(statements, { file: 'w.conf', serverRoot: '/srv', serverName: 'vm' })
  return {
    listen: found.config.listen.map(({ port, protocol = 'http' }) => `${port} ${protocol}`),
    problems: [...problems, ...found.problems].map(({ place, message }) => `${place?.line} ${message}`),
    warnings: found.config.warnings.map(({ place, message }) => `${place?.line} ${message}`),
    hosts: found.config.hosts,
  }
}

const CERTIFICATE = 'SSLCertificateFile cert.pem'
const host = (at: string, ...lines: readonly string[]) => [
  `<VirtualHost ${at}>`,
  'ServerName a.example',
  'DocumentRoot a',
  ...lines,
  '</VirtualHost>',
]

test('Listen says what is spoken at a port, else SSLEngine of a host there, else a certificate at port 443', () => {
  for (const [listen, lines] of [
    [['80 http'], ['Listen 80']],
    [['443 http'], ['Listen 443']],
    [['443 https'], ['Listen 443', CERTIFICATE]],
    [['443 http'], ['Listen 443 http', CERTIFICATE]],
    [['8443 https'], ['Listen 8443 HTTPS', CERTIFICATE]],
    [['8443 http'], ['Listen 8443', CERTIFICATE]],
    [['80 https'], ['Listen 80', 'SSLEngine On', CERTIFICATE]],
    [
      ['80 http', '8443 https'],
      ['Listen 80', 'Listen 8443', ...host('*:8443', 'SSLEngine On', CERTIFICATE)],
    ],
    [
      ['80 http', '443 https'],
      ['Listen 80', 'Listen 443', ...host('*:443', CERTIFICATE)],
    ],
    [['80 https'], ['Listen 80', ...host('*', 'SSLEngine On', CERTIFICATE)]],
    [['443 http'], ['Listen 443', CERTIFICATE, 'SSLEngine Off']],
    [['443 http'], ['Listen 443', CERTIFICATE, ...host('*:443', 'SSLEngine Off')]],
    [['443 https'], ['Listen 443', CERTIFICATE, 'SSLEngine Off', ...host('*:443', 'SSLEngine On')]],
  ] as const) {
    const found = read(...lines)
    assert.deepEqual(found.problems, [], lines.join('; '))
    assert.deepEqual(found.listen, listen, lines.join('; '))
  }
})

test('an SSLEngine that decides nothing is told, with what has it count', () => {
  const vain = (...lines: readonly string[]) =>
    read(...lines).warnings.filter(warning => warning.includes('whatever is said here'))
  assert.deepEqual(vain('Listen 8443 https', CERTIFICATE, ...host('*:8443', 'SSLEngine Off')), [
    '6 All hosts speak HTTPS at port 8443, whatever is said here: leave it out, or write "Listen 8443 http"',
  ])
  assert.deepEqual(vain('Listen 80', 'SSLEngine On', CERTIFICATE, ...host('*:80', 'SSLEngine Off')), [
    '7 All hosts speak HTTPS at port 80, whatever is said here: leave it out, or write "Listen 80 http"',
  ])
  assert.deepEqual(vain('Listen 80 http', 'SSLEngine On', CERTIFICATE), [
    '2 All hosts speak HTTP at port 80, whatever is said here: leave it out, or write "Listen 80 https"',
  ])
  const both = ['Listen 80', 'Listen 443 https', CERTIFICATE]
  for (const word of ['On', 'Off']) assert.deepEqual(vain(...both, ...host('*', `SSLEngine ${word}`)), [])
  assert.deepEqual(vain('Listen 80', ...host('*:80', 'SSLEngine Off')), [])
})

test('who speaks HTTPS needs a certificate, and a host has that of the server unless it has its own', () => {
  const expected = 'Expected an SSLCertificateFile'
  assert.deepEqual(read('Listen 443 https').problems, [`1 ${expected}: HTTPS is spoken at port 443`])
  assert.deepEqual(read('Listen 80', 'SSLEngine On').problems, [`1 ${expected}: HTTPS is spoken at port 80`])
  assert.deepEqual(read('Listen 80', 'Listen 443 https', ...host('*:443')).problems, [
    `3 ${expected}, here or outside of all sections: HTTPS is spoken at port 443`,
  ])
  assert.deepEqual(read('Listen 443 https', CERTIFICATE, ...host('*:443')).hosts[0]?.sslCertificateFile, [
    '/srv/cert.pem',
  ])
  const own = host('*:443', 'SSLCertificateFile own.pem')
  assert.deepEqual(read('Listen 443 https', CERTIFICATE, ...own).hosts[0]?.sslCertificateFile, [
    '/srv/own.pem',
  ])
  // The main server answers at port 80 alone.
  assert.deepEqual(read('Listen 80', 'Listen 443 https', ...host('*:443', CERTIFICATE)).problems, [])
})

test('all of a host may be sent from HTTP to HTTPS, and not from HTTPS to itself', () => {
  const redirect = 'Redirect permanent / https://a.example/'
  const listen = ['Listen 80', 'Listen 443 https', CERTIFICATE]
  assert.deepEqual(read(...listen, ...host('*:80', redirect), ...host('*:443')).warnings, [])
  for (const at of ['*', '*:443'])
    assert.match(read(...listen, ...host(at, redirect)).warnings.join(), /may lead in a circle/)
  // A proxy that speaks HTTPS may stand in front.
  assert.match(read('Listen 80', ...host('*:80', redirect)).warnings.join(), /may lead in a circle/)
})

test('passwords are safe over HTTPS', () => {
  const auth = ['AuthType Basic', 'AuthName M', 'AuthUserFile /users', 'Require valid-user']
  const inTheClear = (...lines: readonly string[]) =>
    read(...lines).warnings.some(warning => warning.includes('for anybody on the way to read'))
  assert.equal(inTheClear('Listen 443 https', CERTIFICATE, ...auth), false)
  assert.equal(inTheClear('Listen 80', 'Listen 443 https', CERTIFICATE, ...auth), true)
  assert.equal(inTheClear('Listen 443', ...auth), true)
  assert.equal(inTheClear('Listen 8443', 'SSLEngine On', CERTIFICATE, ...auth), false)
  const members = host('*:443', ...auth)
  assert.equal(inTheClear('Listen 80', 'Listen 443 https', CERTIFICATE, ...members), false)
})

test('SSLProtocol adds and leaves out versions, and knows no old ones', () => {
  const protocols = (words: string) => {
    const { statements } = parseSyntax(`Listen 80\nSSLProtocol ${words}`, 'w.conf')
    const found = interpret(statements, { file: 'w.conf', serverRoot: '/srv', serverName: 'vm' })
    return found.problems[0]?.message.replace(/: SSLProtocol .*/, '') ?? found.config.sslProtocol.join(' ')
  }
  assert.equal(protocols('TLSv1.3'), 'TLSv1.3')
  assert.equal(protocols('all -TLSv1.2'), 'TLSv1.3')
  assert.equal(protocols('-all +TLSv1.2 +TLSv1.3'), 'TLSv1.2 TLSv1.3')
  assert.equal(protocols('all -SSLv3 -TLSv1 -TLSv1.1'), 'TLSv1.2 TLSv1.3')
  assert.equal(protocols('+TLSv1.1'), 'TLSv1.1 is spoken no more (RFC 8996): leave it out')
  assert.equal(protocols('all -all'), 'Expected at least one of TLSv1.2 and TLSv1.3, got none')
  assert.match(protocols('SSL'), /^Expected all, /)
})
