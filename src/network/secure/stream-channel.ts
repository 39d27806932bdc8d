import type { Socket } from 'node:net'
import { StreamWriter } from '../stream-writer.ts'
import type { Channel } from './channel.ts'

/** A stream of Node, which whoever made this hears what comes from. */
export class StreamChannel implements Channel {
  readonly #stream: Socket
  readonly #writer: StreamWriter

  constructor(stream: Socket, taken: () => void) {
    this.#stream = stream
    this.#writer = new StreamWriter(stream, taken)
  }

  get isPaused(): boolean {
    return this.#stream.isPaused()
  }

  write(bytes: Buffer, more?: Buffer): boolean {
    return this.#writer.write(bytes, more)
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  endSending(): void {
    this.#stream.end()
  }
}
