import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { Folder } from './folder.ts'
import { inTime } from './wait.ts'

/** Those of test/support/certificates. */
export function certificateFile(name: string): string {
  return join(import.meta.dirname, 'certificates', name)
}

/** Copies files of certificates and keys into a server's etc, and gives the directives that name them. */
export function certify(folder: Folder, certificate: string, key = certificate): readonly string[] {
  copyFileSync(certificateFile(`${certificate}.pem`), folder.resolve(`etc/${certificate}.pem`))
  copyFileSync(certificateFile(`${key}.key`), folder.resolve(`etc/${key}.key`))
  return [`SSLCertificateFile etc/${certificate}.pem`, `SSLCertificateKeyFile etc/${key}.key`]
}

/** Shakes hands, or rejects with what has failed; nobody's certificate is checked. */
export async function connectTls(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  await inTime(once(socket, 'secureConnect'), 'a handshake')
  return socket
}

/** All that comes on a connection until it ends, as a byte string; rejects where it is reset. */
export async function allOf(socket: TLSSocket): Promise<string> {
  let text = ''
  socket.setEncoding('latin1').on('data', chunk => {
    text += chunk
  })
  socket.resume()
  await inTime(once(socket, 'end'), 'the end of a connection')
  socket.destroy()
  return text
}

/** What comes for a request, on a connection of its own. */
export async function askTls(port: number, request: string, options?: ConnectionOptions): Promise<string> {
  const socket = await connectTls(port, options)
  socket.write(request, 'latin1')
  return await allOf(socket)
}

/** Passes connections on to a port, and keeps what comes from there. */
export class Wire implements Disposable {
  readonly #server = createServer()
  #sent: Buffer[] = []

  static async to(target: number): Promise<Wire> {
    const wire = new Wire()
    wire.#server.on('connection', client => {
      const server = connectTcp(target, '127.0.0.1')
      client.on('data', (bytes: Buffer) => server.write(bytes)).on('end', () => server.end())
      server.on('data', (bytes: Buffer) => {
        wire.#sent.push(bytes)
        client.write(bytes)
      })
      server.on('end', () => client.end())
      client.on('close', () => server.destroy()).on('error', () => {})
      server.on('close', () => client.destroy()).on('error', () => {})
    })
    wire.#server.listen(0, '127.0.0.1')
    await once(wire.#server, 'listening')
    return wire
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** What has come from the server so far. */
  get sent(): Buffer {
    return Buffer.concat(this.#sent)
  }

  /** The content types of the records that have come whole (RFC 8446 §5.1). */
  get recordTypes(): readonly number[] {
    const { sent } = this
    const types: number[] = []
    for (let at = 0; at + 5 <= sent.length; at += 5 + sent.readUInt16BE(at + 3)) types.push(sent[at] ?? 0)
    return types
  }

  [Symbol.dispose](): void {
    this.#server.close()
  }
}
