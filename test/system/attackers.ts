import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { get, request } from '../support/client.ts'

/** What is asked for: a small page, and more than the kernel takes for a client that takes nothing. */
export const PAGE = '/page.txt'
export const HUGE = '/huge.bin'

/** Milliseconds between the bytes of those who are slow. */
const SLOW = 1000
const DRIPPED = 'X-Slow: '.padEnd(8000, 'x')

/** Does its worst on a connection of its own, and asks for everything with `query`. */
type Attack = (connection: Connection, query: string) => Promise<unknown>

/** How many there are of each kind, and what they do; one that hangs up is followed by another. */
const ATTACKERS: Readonly<Record<string, readonly [count: number, attack: Attack]>> = {
  'say nothing': [80, connection => connection.over],
  'send a byte of a head a second': [
    40,
    (connection, query) => connection.drip(get(PAGE + query).slice(0, -2) + DRIPPED),
  ],
  'send a byte of a body a second': [
    40,
    (connection, query) => {
      connection.send(request(`POST ${PAGE}${query} HTTP/1.1`, 'Content-Length: 9999'))
      return connection.drip(DRIPPED)
    },
  ],
  'vanish in a head': [
    5,
    async (connection, query) => {
      connection.send(`GET ${PAGE}${query} HTTP/1.1\r\nHo`)
      await connection.pause(100)
    },
  ],
  'vanish after a head': [
    5,
    async (connection, query) => {
      connection.send(get(HUGE + query))
      await connection.pause(100)
    },
  ],
  'reset in mid-body': [
    5,
    async (connection, query) => {
      connection.send(get(HUGE + query))
      connection.take()
      await connection.pause(100)
      connection.reset()
    },
  ],
  'take nothing': [
    60,
    (connection, query) => {
      connection.send(get(HUGE + query))
      return connection.over
    },
  ],
  'take a byte a second': [
    60,
    async (connection, query) => {
      connection.send(get(HUGE + query))
      while (!connection.isOver) {
        connection.takeOneByte()
        await connection.pause(SLOW)
      }
    },
  ],
  'half-close': [
    10,
    async (connection, query) => {
      connection.take()
      connection.send(get(PAGE + query))
      connection.endSending()
      await connection.over
    },
  ],
  'pipeline without end': [
    10,
    async (connection, query) => {
      connection.take()
      while (!connection.isOver) {
        connection.send(get(PAGE + query).repeat(10))
        await connection.pause(100)
      }
    },
  ],
  'pipeline and take nothing': [
    20,
    (connection, query) => {
      connection.send(get(HUGE + query) + get(PAGE + query).repeat(2000))
      return connection.over
    },
  ],
  'download at full speed': [
    2,
    (connection, query) => {
      connection.take()
      connection.send(get(HUGE + query, 'Connection: close'))
      return connection.over
    },
  ],
}

/** How many attack at a time. */
export const ATTACKERS_AT_ONCE = Object.values(ATTACKERS).reduce((sum, [count]) => sum + count, 0)

/** Attacks until it is disposed of. */
export class Siege implements Disposable {
  readonly #port: number
  readonly #open = new Set<Connection>()
  #isOver = false

  constructor(port: number) {
    this.#port = port
    for (const [kind, [count, attack]] of Object.entries(ATTACKERS)) {
      const query = `?${encodeURIComponent(kind)}`
      for (let number = 0; number < count; number++) void this.#keepAttacking(attack, query)
    }
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    for (const connection of this.#open) connection[Symbol.dispose]()
  }

  async #keepAttacking(attack: Attack, query: string): Promise<void> {
    while (!this.#isOver) {
      using connection = new Connection(this.#port)
      this.#open.add(connection)
      await attack(connection, query)
      this.#open.delete(connection)
    }
  }
}

/** A socket that takes from the kernel only what it is told to. */
class Connection implements Disposable {
  /** Resolves when the server, or this side, has hung up; what is not taken hides that the server has. */
  readonly over: Promise<void>
  readonly #socket: Socket
  #takesAll = false

  constructor(port: number) {
    const onread = {
      buffer: () => (this.#takesAll ? REST : ONE_BYTE),
      callback: () => this.#takesAll,
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.over = promise
    this.#socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, onread }).pause()
    // Whatever the server does to them, attackers come back.
    this.#socket.on('error', () => {})
    this.#socket.on('end', () => this.#socket.end())
    this.#socket.on('close', resolve)
  }

  get isOver(): boolean {
    return this.#socket.destroyed
  }

  send(bytes: string): void {
    this.#socket.write(bytes, 'latin1')
  }

  /** Sends byte by byte, for as long as it is let. */
  async drip(bytes: string): Promise<void> {
    this.take()
    for (const byte of bytes) {
      if (this.isOver) return
      this.send(byte)
      await this.pause(SLOW)
    }
  }

  /** Takes all that comes from now on. */
  take(): void {
    this.#takesAll = true
    this.#socket.resume()
  }

  takeOneByte(): void {
    this.#socket.resume()
  }

  endSending(): void {
    this.#socket.end()
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  async pause(milliseconds: number): Promise<void> {
    await Promise.race([pause(milliseconds), this.over])
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}

const ONE_BYTE = Buffer.alloc(1)
const REST = Buffer.alloc(256 * 1024)
