import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { loadConfig } from '../../src/config/load.ts'
import { Compressor } from '../../src/encoding/compressor.ts'
import { Exchange, type ExchangeClient, type ExchangeObserver } from '../../src/exchange/exchange.ts'
import type { ExchangeRecord } from '../../src/exchange/exchange-record.ts'
import type { ReceivedRequest } from '../../src/http/request/request-reader.ts'
import type { Connection, ConnectionOwner } from '../../src/network/connection.ts'
import { type Admission, Connections } from '../../src/network/connections.ts'
import { PlainTransport } from '../../src/network/plain/plain-transport.ts'
import { Site } from '../../src/site/site.ts'
import { TurnQueue } from '../../src/turn/turn-queue.ts'
import type { TurnTaker } from '../../src/turn/turn-taker.ts'
import { Client } from './client.ts'
import { FakeTransport } from './fake-transport.ts'
import { Folder } from './folder.ts'
import { eventually } from './wait.ts'

/** A client, and the server's side of its connection. */
export interface Guest extends Disposable {
  readonly client: Client
  readonly socket: Socket
  readonly admission: Admission
}

/** The connections of a server in this process, over real sockets, whose time passes when a test says so. */
export class House implements ConnectionOwner, ExchangeObserver, AsyncDisposable {
  readonly folder = new Folder()
  readonly site: Site
  readonly queue: TurnQueue<TurnTaker>
  readonly connections: Connections
  readonly ended: ExchangeRecord[] = []
  readonly faults: unknown[] = []
  stopping = false
  /** Called when an exchange has ended. */
  onEnded: (record: ExchangeRecord) => void = () => {}
  #time = 1_000_000
  readonly #server: Server
  readonly #arrived: { readonly socket: Socket; readonly admission: Admission }[] = []

  private constructor(lines: readonly string[], files: Readonly<Record<string, string | Buffer>>) {
    this.folder.configure(lines)
    for (const [name, content] of Object.entries(files)) this.folder.publish(name, content)
    const nobody = new Compressor(
      () => false,
      () => {},
    )
    this.site = new Site(loadConfig(this.folder.configFile), nobody)
    this.queue = new TurnQueue(this.site.config.maxWait, {
      now: () => this.#time,
      after: () => () => {},
      soon: callback => void setImmediate(callback),
    })
    this.connections = new Connections(this)
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
      this.#arrived.push({
        socket,
        admission: this.connections.admit(new PlainTransport(socket, { learnsLocal: false })),
      })
    })
  }

  static async open(
    lines: readonly string[],
    files: Readonly<Record<string, string | Buffer>> = {},
  ): Promise<House> {
    const house = new House(lines, files)
    await once(house.#server.listen(0, '127.0.0.1'), 'listening')
    return house
  }

  now(): number {
    return this.#time
  }

  /** Lets milliseconds pass, and all deadlines be looked at. */
  pass(milliseconds: number): void {
    this.#time += milliseconds
    this.connections.expire()
  }

  async connect(): Promise<Guest> {
    const { port } = this.#server.address() as AddressInfo
    const client = await Client.connect(port)
    const isIt = ({ socket }: { socket: Socket }) => socket.remotePort === client.port
    const arrived = await eventually(() => this.#arrived.find(isIt), 'the connection to be accepted')
    return { client, ...arrived, [Symbol.dispose]: () => client[Symbol.dispose]() }
  }

  makeExchange(client: ExchangeClient, received: ReceivedRequest, now: number): Exchange {
    return new Exchange(client, this.site, received, now, this)
  }

  /** A client at the other end of a transport that is none. */
  visit(room = Number.POSITIVE_INFINITY, sendsFiles = true): FakeTransport {
    const transport = new FakeTransport(room, sendsFiles)
    this.connections.admit(transport)
    return transport
  }

  exchangeEnded(record: ExchangeRecord): void {
    this.ended.push(record)
    this.onEnded(record)
  }

  reportFault(error: unknown): void {
    this.faults.push(error)
  }

  reportProblem(_what: string, error: unknown): void {
    this.faults.push(error)
  }

  connectionIdle(connection: Connection): void {
    this.connections.idle(connection)
  }

  connectionClosed(connection: Connection): void {
    this.connections.remove(connection)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.#arrived) socket.destroy()
    this.#server.close()
    this.folder[Symbol.dispose]()
  }
}
