import { X509Certificate } from 'node:crypto'
import { join, resolve } from 'node:path'
import { EditedFile, EditFailure } from '../edited-file.ts'
import { printable } from '../text/terminal.ts'
import { makeSelfSigned, SelfSignedError } from './self-signed.ts'

const DONE = 0
const FAILED = 1
/** As long as authorities give certificates that browsers are to trust. */
const DAYS = 199

/**
 * `webserverctl certificate --self-signed`, from its arguments to its exit code: makes a certificate and its key, and says what to
 * write into the configuration.
 *
 * @param folder Where the two files are made; what is there stays.
 */
export async function makeCertificate(hosts: readonly string[], folder: string): Promise<number> {
  try {
    const { certificate, key } = makeSelfSigned(hosts, DAYS)
    const name = fileName(hosts[0] ?? '')
    const certificateFile = resolve(join(folder, `${name}.pem`))
    const keyFile = resolve(join(folder, `${name}.key`))
    for (const path of [certificateFile, keyFile]) refuseToReplace(path, new EditedFile(path).read())
    await create(keyFile, key)
    await create(certificateFile, certificate)
    const until = new X509Certificate(certificate).validToDate.toISOString().slice(0, 10)
    process.stdout.write(`Wrote a certificate for ${hosts.join(', ')} that lasts until ${until}, and its key.
Write into the configuration, and have it read by "webserverctl reload":

    Listen 443 https
    SSLCertificateFile ${quoted(certificateFile)}
    SSLCertificateKeyFile ${quoted(keyFile)}

Nobody vouches for it: clients warn, unless they are told to trust ${printable(certificateFile)}
`)
    return DONE
  } catch (error) {
    if (!(error instanceof SelfSignedError || error instanceof EditFailure)) throw error
    process.stderr.write(`${error.message}\n`)
    return FAILED
  }
}

function fileName(host: string): string {
  return host.replace(/^\*/, 'any').replace(/[[\]]/g, '').replaceAll(':', '-')
}

async function create(path: string, text: string): Promise<void> {
  await new EditedFile(path).change(old => {
    refuseToReplace(path, old)
    return text
  })
}

function refuseToReplace(path: string, old: string | undefined): void {
  if (old !== undefined)
    throw new EditFailure(`"${printable(path)}" is there already: move it away, or name another --folder`)
}

/** As the configuration is to be written. */
function quoted(path: string): string {
  return /[\s"\\]/.test(path) ? JSON.stringify(path) : path
}
