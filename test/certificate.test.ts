import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { checkServerIdentity } from 'node:tls'
import { Daemon } from './support/daemon.ts'
import { COMPILED, WEBSERVERCTL } from './support/program.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { askTls, connectTls } from './support/tls-client.ts'

const SKIP_OPENSSL = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl(1) is not installed'

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function certificate(args: readonly string[], path = process.env['PATH']): Promise<Outcome> {
  const env = { ...process.env, NODE_COMPILE_CACHE: COMPILED, PATH: path }
  const child = spawn(process.execPath, [WEBSERVERCTL, 'certificate', ...args], { env })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}

test('a certificate is made for names and addresses, and is what the server needs', {
  skip: SKIP_OPENSSL,
}, async () => {
  using folder = temporaryFolder()
  const hosts = ['files.example', '*.files.example', '127.0.0.1', '::1']
  const { code, stdout, stderr } = await certificate(['--self-signed', '--folder', folder.path, ...hosts])
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.deepEqual(readdirSync(folder.path).sort(), ['files.example.key', 'files.example.pem'])
  for (const file of readdirSync(folder.path))
    assert.equal(statSync(join(folder.path, file)).mode & 0o777, 0o640)

  const directives = stdout.split('\n').filter(line => /^ +SSL/.test(line))
  await using daemon = await Daemon.start({
    config: ['Listen 127.0.0.1:0 https', ...directives],
    files: { 'index.html': 'Home' },
  })
  const ca = readFileSync(join(folder.path, 'files.example.pem'))
  assert.match(
    await askTls(daemon.port, 'GET / HTTP/1.0\r\n\r\n', { ca, rejectUnauthorized: true }),
    /^HTTP\/1.1 200 /,
  )
  const client = await connectTls(daemon.port, { ca, servername: 'files.example', rejectUnauthorized: true })
  const shown = client.getPeerCertificate()
  client.destroy()
  for (const host of ['files.example', 'a.files.example', '127.0.0.1', '::1'])
    assert.equal(checkServerIdentity(host, shown), undefined, host)
  assert.notEqual(checkServerIdentity('other.example', shown), undefined)
  const { ca: isAuthority, validToDate, validFromDate } = new X509Certificate(ca)
  assert.equal(isAuthority, false)
  assert.equal(Math.round((Number(validToDate) - Number(validFromDate)) / 86_400_000), 199)
})

test('what is there stays', { skip: SKIP_OPENSSL }, async () => {
  using folder = temporaryFolder()
  const args = ['--self-signed', '--folder', folder.path, '::1']
  assert.equal((await certificate(args)).code, 0)
  const before = readFileSync(join(folder.path, '--1.key'), 'utf8')
  const { code, stderr } = await certificate(args)
  assert.equal(code, 1)
  assert.match(stderr, /^".*--1\.pem" is there already: move it away, or name another --folder\n$/)
  assert.equal(readFileSync(join(folder.path, '--1.key'), 'utf8'), before)
})

const REFUSED: readonly (readonly [title: string, args: readonly string[], problem: RegExp])[] = [
  ['a name that is none', ['a b'], /^Expected the name of a host or its address, .* got "a b"\n$/],
  ['what would be more than a name', ['a, DNS:b'], /^Expected the name of a host or its address/],
  ['a label that is too long', [`${'a'.repeat(64)}.example`], /^Expected the name of a host or its address/],
  [
    'a folder that is missing',
    ['--folder', '/missing', 'a.example'],
    /"\/missing\/a\.example\.key": no such file/,
  ],
]
for (const [title, args, problem] of REFUSED)
  test(`${title} is refused in a line`, { skip: SKIP_OPENSSL }, async () => {
    using folder = temporaryFolder()
    const { code, stderr } = await certificate(['--self-signed', '--folder', folder.path, ...args])
    assert.equal(code, 1)
    assert.match(stderr, problem)
    assert.deepEqual(readdirSync(folder.path), [])
  })

test('it is said what is missing where there is no openssl, and that others are not made', async () => {
  using folder = temporaryFolder()
  const args = ['--folder', folder.path, 'a.example']
  const { code, stderr } = await certificate(['--self-signed', ...args], folder.path)
  assert.equal(code, 1)
  assert.match(stderr, /^openssl, which makes certificates, is not installed: install it/)
  assert.match((await certificate(args)).stderr, /^error: required option '--self-signed' not specified/)
  assert.deepEqual(readdirSync(folder.path), [])
})
