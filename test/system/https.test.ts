import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { Daemon } from '../support/daemon.ts'
import { type Outcome, run } from '../support/program.ts'
import { certificateFile } from '../support/tls-client.ts'

const PAGE = '<!DOCTYPE html><title>Home</title><p>Over HTTPS'
const BIG = Buffer.alloc(5_000_000, 'The bytes of this file repeat, but not at a power of two. ')

const daemon = await Daemon.start({
  config: [
    'Listen 127.0.0.1:0 https',
    // That of 127.0.0.1 is its own authority.
    `SSLCertificateFile ${certificateFile('one.pem')}`,
    `SSLCertificateKeyFile ${certificateFile('one.key')}`,
    '<VirtualHost *>',
    'ServerName one.example',
    'DocumentRoot var/www',
    '</VirtualHost>',
    '<VirtualHost *>',
    'ServerName three.example',
    'DocumentRoot var/www',
    `SSLCertificateFile ${certificateFile('three.pem')}`,
    `SSLCertificateKeyFile ${certificateFile('three.key')}`,
    '</VirtualHost>',
  ],
  files: { 'index.html': PAGE, 'big.bin': BIG },
})
after(() => daemon[Symbol.asyncDispose]())
const site = `https://127.0.0.1:${daemon.port}`
const authority = certificateFile('one.pem')

function sh(command: string): Promise<Outcome> {
  return run('/bin/sh', ['-c', command])
}

describe('A client that trusts nobody but the authority gets the page', () => {
  const resolve = `--resolve three.example:${daemon.port}:127.0.0.1`
  const clients: readonly (readonly [name: string, command: string])[] = [
    ['curl', `curl -sS --cacert ${authority} ${site}/`],
    ['curl with TLS 1.2', `curl -sS --tls-max 1.2 --cacert ${authority} ${site}/`],
    [
      'curl, by the name of another host',
      `curl -sS ${resolve} --cacert ${certificateFile('ca.pem')} https://three.example:${daemon.port}/`,
    ],
    ['wget', `wget -qO- --ca-certificate=${authority} ${site}/`],
    ['wget2', `wget2 -qO- --ca-certificate=${authority} ${site}/`],
    [
      'requests of Python',
      `/usr/bin/python3 -c "import requests; print(requests.get('${site}/', verify='${authority}').text, end='')"`,
    ],
    ['chromium', `chromium --headless --no-sandbox --ignore-certificate-errors --dump-dom ${site}/`],
  ]
  for (const [name, command] of clients)
    test(name, async () => {
      const { code, stdout, stderr } = await sh(command)
      assert.equal(code, 0, stderr)
      assert.match(stdout, /Over HTTPS/)
    })

  test('and none by a name that is not in the certificate', async () => {
    const { code } = await sh(
      `curl -sS --resolve two.example:${daemon.port}:127.0.0.1 --cacert ${authority} https://two.example:${daemon.port}/`,
    )
    assert.equal(code, 60)
  })
})

test('a large file comes whole, and a part of it', async () => {
  const whole = daemon.folder.resolve('whole.bin')
  assert.equal((await sh(`curl -sS --cacert ${authority} -o ${whole} ${site}/big.bin`)).code, 0)
  assert.ok(readFileSync(whole).equals(BIG))
  writeFileSync(whole, BIG.subarray(0, 3_000_000))
  assert.equal((await sh(`curl -sS --cacert ${authority} -C - -o ${whole} ${site}/big.bin`)).code, 0)
  assert.ok(readFileSync(whole).equals(BIG))
})

test('openssl shakes hands by each version, resumes its session, and is told when it insists on HTTP/2', async () => {
  const client = `openssl s_client -connect 127.0.0.1:${daemon.port} -CAfile ${authority} -verify_return_error`
  const session = daemon.folder.resolve('session.pem')
  const request = String.raw`printf 'GET / HTTP/1.1\r\nHost: one.example\r\nConnection: close\r\n\r\n'`
  for (const version of ['tls1_2', 'tls1_3']) {
    const first = await sh(`${request} | ${client} -${version} -ign_eof -sess_out ${session}`)
    assert.match(first.stdout, /Verify return code: 0 \(ok\)[\s\S]*Over HTTPS/, first.stderr)
    const second = await sh(`${request} | ${client} -${version} -ign_eof -sess_in ${session}`)
    assert.match(second.stdout, /^Reused, TLSv1\.[23]/m, version)
  }
  const insisting = await sh(`${client} -alpn h2 </dev/null`)
  assert.match(insisting.stderr + insisting.stdout, /no application protocol/)
  for (const version of ['tls1', 'tls1_1']) {
    const old = await sh(`${client} -${version} -cipher 'ALL:@SECLEVEL=0' </dev/null`)
    assert.match(old.stderr + old.stdout, /alert protocol version|unsupported protocol/, version)
  }
})

test('sslscan finds nothing weak', async () => {
  const { stdout } = await run('/usr/bin/sslscan', ['--no-colour', `127.0.0.1:${daemon.port}`])
  for (const version of ['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1'])
    assert.match(stdout, new RegExp(`^${version.replace('.', '\\.')} +disabled$`, 'm'))
  for (const version of ['TLSv1.2', 'TLSv1.3'])
    assert.match(stdout, new RegExp(`^${version.replace('.', '\\.')} +enabled$`, 'm'))
  assert.match(stdout, /Session renegotiation not supported/)
  assert.doesNotMatch(stdout, /(?<!not )vulnerable to heartbleed/)
  const ciphers = Array.from(
    stdout.matchAll(/^(?:Preferred|Accepted) +TLSv1\.\d +\d+ bits +(\S+)/gm),
    ([, name]) => name,
  )
  assert.ok(ciphers.length >= 6, stdout)
  for (const cipher of ciphers)
    assert.match(cipher ?? '', /^(?:TLS_AES|TLS_CHACHA20|ECDHE-ECDSA-(?:AES\d+-GCM|CHACHA20))/)
})
