import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { certificateFile } from '../../test/support/tls-client.ts'
import type { Host } from '../config/config.ts'
import { HostCertificates } from '../site/host-certificates.ts'
import { newTicketKeys } from '../tls/secure-contexts.ts'
import { CertificateWatch } from './certificate-watch.ts'

const DAY = 86_400_000

let told: string[]

beforeEach(() => {
  told = []
})

/** A host with the certificate and key in a folder, which the test writes. */
function hostIn(folder: string): Host {
  return {
    sslCertificateFile: [join(folder, 'cert.pem')],
    sslCertificateKeyFile: [join(folder, 'key.pem')],
    sslProtocol: ['TLSv1.3'],
  } as unknown as Host
}

function write(folder: string, certificate: string, key = certificate): void {
  copyFileSync(certificateFile(`${certificate}.pem`), join(folder, 'cert.pem'))
  copyFileSync(certificateFile(`${key}.key`), join(folder, 'key.pem'))
}

function watch(certificates: HostCertificates): CertificateWatch {
  return new CertificateWatch(
    () => certificates,
    (level, message) => void told.push(`${level}: ${message.replace(/"[^"]*\//g, '"')}`),
  )
}

test('a certificate that has changed is put in force, if it fits its key', async () => {
  using folder = temporaryFolder()
  write(folder.path, 'one')
  const certificates = new HostCertificates([hostIn(folder.path)], newTicketKeys())
  const before = certificates.contextOf(hostIn(folder.path))
  assert.ok(before !== undefined)
  using watching = watch(certificates)
  await watching.look()
  assert.deepEqual(told, [])
  assert.equal(certificates.contextOf(hostIn(folder.path)), before)

  write(folder.path, 'two', 'one')
  await watching.look()
  await watching.look()
  assert.equal(told.length, 1)
  assert.match(
    told[0] ?? '',
    /^error: The old certificate stays in force, since "cert\.pem" cannot be used: The key in "key\.pem" is not that/,
  )
  assert.equal(certificates.contextOf(hostIn(folder.path)), before)

  write(folder.path, 'two')
  await watching.look()
  assert.equal(told.at(-1), 'notice: Renewed the certificate in "cert.pem"')
  assert.notEqual(certificates.contextOf(hostIn(folder.path)), before)
  assert.match(certificates.identities[0]?.certificate.subject ?? '', /CN=two\.example/)
})

test('a disk that does not answer is not asked again before it has', async () => {
  const { promise, resolve } = Promise.withResolvers<[]>()
  let asked = 0
  const renew = () => {
    asked++
    return promise
  }
  using watching = watch({ renew, identities: [] } as unknown as HostCertificates)
  const looks = [watching.look(), watching.look()]
  assert.equal(asked, 1)
  resolve([])
  await Promise.all(looks)
  await watching.look()
  assert.equal(asked, 2)
})

test('that a certificate is about to expire is told 21 days, 7 days and a day before, and once it has', async () => {
  using folder = temporaryFolder()
  write(folder.path, 'one')
  const certificates = new HostCertificates([hostIn(folder.path)], newTicketKeys())
  const end = certificates.identities[0]?.certificate.validToDate.getTime() ?? 0
  const date = new Date(end).toISOString().slice(0, 10)
  using watching = watch(certificates)
  for (let days = 30; days >= -3; days--) await watching.look(end - days * DAY - 1000)
  assert.deepEqual(told, [
    `warn: The certificate in "cert.pem" expires in 21 days, on ${date}: renew it`,
    `warn: The certificate in "cert.pem" expires in 7 days, on ${date}: renew it`,
    `warn: The certificate in "cert.pem" expires in a day, on ${date}: renew it`,
    `error: The certificate in "cert.pem" has expired, on ${date}: renew it`,
  ])
})
