import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { codeOf } from '../../src/errors.ts'
import { bodyLength, parseResponseHead, type Response, type ResponseHead } from './response.ts'
import { connectTls } from './tls-client.ts'
import { inTime } from './wait.ts'

const NOTHING: Buffer = Buffer.alloc(0)
/** The most bytes taken from the kernel at a time. */
const BUFFER_SIZE = 256 * 1024

/** A request head with a Host: the line and more fields, each without its line end. */
export function request(line: string, ...fields: readonly string[]): string {
  return [line, 'Host: www.example.com', ...fields, '', ''].join('\r\n')
}

/** A GET of this path. */
export function get(path: string, ...fields: readonly string[]): string {
  return request(`GET ${path} HTTP/1.1`, ...fields)
}

/**
 * A client, over TCP or TLS, that sends any bytes. It takes next to nothing from the kernel unless it is asked for something,
 * so one that is left alone stalls its server.
 */
export class Client implements Disposable {
  /** TCP, or TLS in it. */
  readonly #socket: Socket
  readonly #tcp: Socket
  #bytes: Buffer = NOTHING
  /** Where the next bytes go, so many of them, instead of being kept. */
  #drain: { left: number; readonly use: (bytes: Buffer) => void } = { left: 0, use: () => {} }
  #end: 'closed' | 'reset' | undefined
  #wake: (received: boolean) => void = () => {}

  private constructor(socket: Socket, tcp = socket) {
    this.#socket = socket
    this.#tcp = tcp
  }

  /** Rejects with the system's error when nobody listens. */
  static connect(port: number, host = '127.0.0.1'): Promise<Client> {
    return Client.#connect({ port, host, noDelay: true })
  }

  /** The same at a Unix socket. */
  static connectUnix(path: string): Promise<Client> {
    return Client.#connect({ path })
  }

  static async #connect(to: NetConnectOpts): Promise<Client> {
    const buffer = Buffer.alloc(BUFFER_SIZE)
    const callback = (length: number) => client.#received(buffer.subarray(0, length))
    const client = new Client(connect({ ...to, onread: { buffer, callback } }))
    try {
      await inTime(once(client.#socket, 'connect'), `a connection to ${JSON.stringify(to)}`)
    } catch (error) {
      // A server may reset a connection before its client knows that it has one.
      if (codeOf(error) !== 'ECONNRESET') throw error
      client.#ended('reset')
    }
    return client.#listening()
  }

  /**
   * Shakes hands, and speaks over TLS from then on; nobody's certificate is checked.
   *
   * @param before What is sent before that, as a byte string.
   */
  static async connectTls(port: number, before = ''): Promise<Client> {
    const tcp = connect({ port, host: '127.0.0.1', noDelay: true })
    tcp.write(before, 'latin1')
    const socket = await connectTls(port, { socket: tcp })
    const client = new Client(socket, tcp)
    socket.pause().on('data', (bytes: Buffer) => {
      if (!client.#received(bytes)) socket.pause()
    })
    return client.#listening()
  }

  #listening(): this {
    this.#socket.on('end', () => this.#ended('closed'))
    this.#socket.on('close', () => this.#ended('closed'))
    const failed = (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') throw error
      this.#ended('reset')
    }
    for (const socket of new Set([this.#socket, this.#tcp])) socket.on('error', failed)
    return this
  }

  /** Whether the server has ended. */
  get isEnded(): boolean {
    return this.#end !== undefined
  }

  /** Of this side. */
  get port(): number {
    return this.#tcp.localPort ?? 0
  }

  send(bytes: string | Buffer): void {
    this.#socket.write(bytes, 'latin1')
  }

  /** Sends so many bytes at a time, each time as a write of its own. */
  async sendInPieces(bytes: string, size = 1): Promise<void> {
    for (let at = 0; at < bytes.length; at += size) {
      this.#socket.write(bytes.slice(at, at + size), 'latin1')
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  /** Sends no more, and may still receive. */
  endSending(): void {
    this.#socket.end()
  }

  /** Hangs up without a farewell. */
  reset(): void {
    if (this.#tcp.remoteAddress === undefined) this.#tcp.destroy()
    else this.#tcp.resetAndDestroy()
  }

  /** The next response, read to its end. */
  async response(method = 'GET'): Promise<Response> {
    const head = await this.responseHead()
    return { ...head, body: await this.bytes(bodyLength(head, method)) }
  }

  async responseHead(): Promise<ResponseHead> {
    for (;;) {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if (end >= 0) return parseResponseHead((await this.bytes(end + 4)).toString('latin1'))
      await this.#receiveMore('a response')
    }
  }

  /** The next bytes, exactly so many. */
  async bytes(length: number): Promise<Buffer> {
    while (this.#bytes.length < length) await this.#receiveMore(`${length} bytes`)
    const bytes = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return bytes
  }

  /** The SHA-256 in hex of the next bytes, exactly so many, of which none is kept. */
  async hash(length: number): Promise<string> {
    const hash = createHash('sha256')
    await this.#drainInto(bytes => hash.update(bytes), length)
    return hash.digest('hex')
  }

  /** Takes the next bytes, exactly so many, and keeps none. */
  async skip(length: number): Promise<void> {
    await this.#drainInto(() => {}, length)
  }

  /** All that comes until the server ends, and whether it closed in good order or broke off. */
  async untilClosed(): Promise<{ readonly bytes: Buffer; readonly end: 'closed' | 'reset' }> {
    while (await this.#receive());
    return { bytes: this.#bytes, end: this.#end ?? 'closed' }
  }

  /** Breaks off what is still open. */
  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  async #drainInto(use: (bytes: Buffer) => void, length: number): Promise<void> {
    const held = await this.bytes(Math.min(length, this.#bytes.length))
    use(held)
    this.#drain = { left: length - held.length, use }
    while (this.#drain.left > 0) await this.#receiveMore(`${length} bytes`)
  }

  async #receiveMore(expected: string): Promise<void> {
    if (await this.#receive()) return
    const { length } = this.#bytes
    throw new Error(`Expected ${expected}, got ${length} bytes before the connection was ${this.#end}`)
  }

  /** Waits until something has come; false when nothing more will. */
  async #receive(): Promise<boolean> {
    if (this.#end !== undefined) return false
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#wake = resolve
    this.#socket.resume()
    return await inTime(promise, 'something from the server')
  }

  /** Takes bytes from the kernel; false to leave the next ones there. */
  #received(bytes: Buffer): boolean {
    const drained = bytes.subarray(0, this.#drain.left)
    this.#drain.left -= drained.length
    if (drained.length > 0) this.#drain.use(drained)
    const kept = bytes.subarray(drained.length)
    if (kept.length > 0) this.#bytes = Buffer.concat([this.#bytes, kept])
    this.#wake(true)
    return this.#drain.left > 0
  }

  #ended(how: 'closed' | 'reset'): void {
    this.#end ??= how
    this.#wake(false)
  }
}
