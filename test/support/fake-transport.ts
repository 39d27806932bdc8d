import assert from 'node:assert/strict'
import { readSync } from 'node:fs'
import type { Endpoint, Transport, TransportUser } from '../../src/network/transport.ts'

/**
 * A transport with nothing behind it: a test is the client at its other end. It takes no more than there is room for,
 * and does not forgive what a transport may not be asked.
 */
export class FakeTransport implements Transport {
  remote: Endpoint = { address: '192.0.2.1', port: 40_000 }
  readonly local = { address: '192.0.2.2', port: 80 }
  readonly isOnReserve = false
  isClosed = false
  isPaused = false
  /** How it was ended from the server's side. */
  end: 'closed' | 'aborted' | undefined
  hasEndedSending = false
  sendFile: Transport['sendFile'] | undefined
  /** Of which file descriptors bytes were sent without being read. */
  readonly sentFrom = new Set<number>()
  #user: TransportUser | undefined
  #room: number
  #sent: Buffer[] = []
  #pending: Buffer = Buffer.alloc(0)

  /**
   * @param room Bytes that it takes until the client takes some of them.
   * @param sendsFiles Whether it can have bytes of a file sent without a copy.
   */
  constructor(room: number, sendsFiles: boolean) {
    this.#room = room
    if (sendsFiles)
      this.sendFile = (descriptor, position, length) => this.#sendFile(descriptor, position, length)
  }

  /** All that has been taken. */
  get sent(): Buffer {
    return Buffer.concat(this.#sent)
  }

  /** The memory that is held for what has not been taken, in bytes. */
  get memoryHeld(): number {
    return this.#pending.buffer.byteLength
  }

  get acknowledgedBytes(): number {
    return this.sent.length
  }

  learnLocal(): void {}

  start(user: TransportUser): void {
    assert.equal(this.#user, undefined)
    this.#user = user
  }

  handOver(user: TransportUser, remote: Endpoint): void {
    this.#user = user
    this.remote = remote
  }

  write(bytes: Buffer, more: Buffer = Buffer.alloc(0)): boolean {
    assert.equal(this.#pending.length, 0, 'written before the last was taken')
    assert.equal(this.hasEndedSending, false, 'written after the end')
    if (this.isClosed) return false
    // Not a copy: whoever writes must leave the bytes as they are.
    this.#pending = more.length === 0 ? bytes : Buffer.concat([bytes, more])
    this.#take()
    return this.#pending.length === 0
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  endSending(): void {
    this.hasEndedSending = true
  }

  close(): void {
    this.#over('closed')
  }

  abort(): void {
    this.#over('aborted')
  }

  /** The client sends this. */
  receives(text: string): void {
    assert.equal(this.isPaused, false, 'a paused transport gives nothing')
    this.#user?.received(text)
  }

  /** The client takes so many bytes, for which there is room then. */
  drains(bytes: number): void {
    this.#room += bytes
    const wasPending = this.#pending.length > 0
    this.#take()
    if (wasPending && this.#pending.length === 0) this.#user?.taken()
  }

  /** The client sends no more. */
  halfCloses(): void {
    this.#user?.ended()
  }

  /** The client is gone. */
  resets(): void {
    this.isClosed = true
    this.#user?.closed()
  }

  #take(): void {
    const taken = this.#pending.subarray(0, this.#room)
    this.#sent.push(Buffer.from(taken))
    this.#room -= taken.length
    this.#pending = this.#pending.subarray(taken.length)
  }

  #sendFile(descriptor: number, position: number, length: number): number {
    assert.equal(this.#pending.length, 0, 'a file sent before the last was taken')
    const bytes = Buffer.alloc(Math.min(length, this.#room))
    const read = readSync(descriptor, bytes, 0, bytes.length, position)
    this.#sent.push(bytes.subarray(0, read))
    this.#room -= read
    if (read > 0) this.sentFrom.add(descriptor)
    return read
  }

  #over(end: 'closed' | 'aborted'): void {
    if (this.isClosed) return
    this.end = end
    this.isClosed = true
    // As a socket does: not from within the call.
    queueMicrotask(() => this.#user?.closed())
  }
}
