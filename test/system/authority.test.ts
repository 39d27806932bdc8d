import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Daemon } from '../support/daemon.ts'
import { run } from '../support/program.ts'
import { certificateFile } from '../support/tls-client.ts'
import { Peer } from './peers.ts'

const NAME = 'www.example.com'

test('certbot gets a certificate by --webroot, and renews it, while all else is redirected to HTTPS', async () => {
  await using daemon = await Daemon.start()
  const { folder, port } = daemon
  await using names = await Peer.nameServer()
  await using authority = await Peer.authority(port, names)
  const folders = ['config', 'work', 'logs'].flatMap(name => [`--${name}-dir`, folder.resolve(`var/${name}`)])
  const certbot = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await run('certbot', [...args, '-n', ...folders], {
      environment: { REQUESTS_CA_BUNDLE: certificateFile('one.pem') },
    })
    assert.equal(code, 0, stdout + stderr)
  }

  const plain = [
    `Listen 127.0.0.1:${port}`,
    `<VirtualHost *:${port}>`,
    `ServerName ${NAME}`,
    'DocumentRoot var/acme',
    `RedirectMatch permanent "^/((?:[^.].*)?)$" https://${NAME}/$1`,
    '</VirtualHost>',
  ]
  mkdirSync(folder.resolve('var/acme'))
  await daemon.reconfigure(...plain)
  const server = ['--server', `https://127.0.0.1:${authority.port}/dir`]
  const asked = ['--agree-tos', '--register-unsafely-without-email', ...server]
  await certbot('certonly', '--webroot', '-w', folder.resolve('var/acme'), '-d', NAME, ...asked)

  const live = folder.resolve(`var/config/live/${NAME}`)
  folder.publish('index.html', 'Over HTTPS')
  await daemon.reconfigure(
    ...plain,
    'Listen 127.0.0.1:0 https',
    '<VirtualHost *>',
    `ServerName ${NAME}`,
    'DocumentRoot var/www',
    `SSLCertificateFile ${live}/fullchain.pem`,
    `SSLCertificateKeyFile ${live}/privkey.pem`,
    '</VirtualHost>',
  )
  const { listening } = await daemon.status()
  const [, securePort] = /:(\d+)$/.exec(listening.find(each => !each.endsWith(`:${port}`)) ?? '') ?? []
  const page = () =>
    run('curl', [
      ...['-sS', '--cacert', `${live}/chain.pem`, '--resolve', `${NAME}:${securePort}:127.0.0.1`],
      `https://${NAME}:${securePort}/`,
    ])
  assert.deepEqual(await page(), { code: 0, stdout: 'Over HTTPS', stderr: '' })
  const redirected = await run('curl', ['-sSI', '-H', `Host: ${NAME}`, `http://127.0.0.1:${port}/a`])
  assert.match(redirected.stdout, /^HTTP\/1\.1 301 [\s\S]*\r\nLocation: https:\/\/www\.example\.com\/a\r\n/)

  const serial = () => new X509Certificate(readFileSync(`${live}/cert.pem`)).serialNumber
  const before = serial()
  await certbot('renew', '--force-renewal', '--no-random-sleep-on-renew')
  assert.notEqual(serial(), before)
  assert.equal((await daemon.ctl('reload')).code, 0)
  assert.deepEqual(await page(), { code: 0, stdout: 'Over HTTPS', stderr: '' })
  const shown = await run('/bin/sh', [
    '-c',
    `openssl s_client -connect 127.0.0.1:${securePort} -servername ${NAME} </dev/null | openssl x509 -noout -serial`,
  ])
  assert.equal(shown.stdout, `serial=${serial()}\n`, shown.stderr)
})
