import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a server that ends, as if all had been said, in the middle of the first long response. */
export class UnreliableLink implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** How many bytes pass before the link breaks, once. */
  #left: number
  broken = false

  private constructor(to: number, left: number) {
    this.#left = left
    this.#server = createServer(client => this.#join(client, connect(to, '127.0.0.1')))
  }

  static async to(port: number, bytes: number): Promise<UnreliableLink> {
    const link = new UnreliableLink(port, bytes)
    link.#server.listen(0, '127.0.0.1')
    await once(link.#server, 'listening')
    return link
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #join(client: Socket, server: Socket): void {
    client.pipe(server)
    server.on('data', (bytes: Buffer) => this.#pass(bytes, client, server))
    server.on('end', () => client.end())
    client.on('close', () => server.destroy())
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      // A client may hang up whenever it likes.
      socket.on('error', () => socket.destroy())
    }
  }

  #pass(bytes: Buffer, client: Socket, server: Socket): void {
    client.write(bytes.subarray(0, this.#left))
    this.#left -= bytes.length
    if (this.#left > 0) return
    this.broken = true
    this.#left = Number.POSITIVE_INFINITY
    client.end()
    server.destroy()
  }
}
