import { connect, type Socket } from 'node:net'

/** A client that does as it likes with a connection, whatever the server makes of it. It takes nothing unless told to. */
export class Attacker implements Disposable {
  readonly #socket: Socket
  readonly #over: Promise<void>

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }).pause()
    this.#socket.on('error', () => {})
    this.#socket.on('end', () => this.#socket.end())
    this.#over = new Promise(resolve => this.#socket.once('close', () => resolve()))
  }

  get isOver(): boolean {
    return this.#socket.destroyed
  }

  /** Sends bytes, and waits until there is room for more, or the end of the connection. */
  async send(bytes: string): Promise<void> {
    if (!this.#socket.writable || this.#socket.write(bytes, 'latin1')) return
    const drained = new Promise(resolve => this.#socket.once('drain', resolve))
    await Promise.race([drained, this.#over])
  }

  /** Takes all that comes from now on. */
  take(): void {
    this.#socket.resume()
  }

  /** Takes so many bytes at the most, of what has come. */
  takeSome(bytes: number): void {
    this.#socket.read(Math.min(bytes, this.#socket.readableLength))
  }

  endSending(): void {
    this.#socket.end()
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}
