import assert from 'node:assert/strict'
import { closeSync, readSync, rmSync } from 'node:fs'
import { ffi } from '../../src/libc.ts'
import { socketAddress } from '../../src/systemd/notify.ts'

// From <bits/socket.h> and <bits/socket_type.h>.
const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_NONBLOCK = 0o4000

/** Stands in for systemd at the other end of `NOTIFY_SOCKET`; a test takes its messages when it likes. */
export class NotifySocket implements Disposable {
  readonly name: string
  readonly #descriptor: number
  readonly #messages: string[] = []

  /** @param name A path, or a name that begins with @. */
  constructor(name: string) {
    assert.ok(ffi !== undefined)
    using libc = ffi.dlopen(null, {
      socket: { return: 'i32', arguments: ['i32', 'i32', 'i32'] },
      bind: { return: 'i32', arguments: ['i32', 'buffer', 'u32'] },
    })
    this.name = name
    this.#descriptor = libc.functions.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)
    const address = socketAddress(name)
    assert.equal(libc.functions.bind(this.#descriptor, address, address.length), 0, `bind ${name}`)
  }

  /** Every message that has come so far. */
  get messages(): readonly string[] {
    for (;;) {
      const message = this.#receive()
      if (message === undefined) return this.#messages
      this.#messages.push(message)
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
    rmSync(this.name, { force: true })
  }

  #receive(): string | undefined {
    const buffer = Buffer.alloc(4096)
    try {
      return buffer.toString('utf8', 0, readSync(this.#descriptor, buffer))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined
      throw error
    }
  }
}
