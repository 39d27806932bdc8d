import type { AddressInfo } from 'node:net'
import { loadConfig } from '../../src/config/load.ts'
import { Compressor } from '../../src/encoding/compressor.ts'
import { Exchange, type ExchangeClient, type ExchangeObserver } from '../../src/exchange/exchange.ts'
import type { ExchangeRecord } from '../../src/exchange/exchange-record.ts'
import type { ReceivedRequest } from '../../src/http/request/request-reader.ts'
import type { Admission, Connection, ConnectionOwner } from '../../src/network/connection.ts'
import { Connections } from '../../src/network/connections.ts'
import { Acceptor, type Means, type Reception } from '../../src/network/listening/acceptor.ts'
import type { Misconduct } from '../../src/network/proxied/arrival.ts'
import type { Transport } from '../../src/network/transport.ts'
import { Site } from '../../src/site/site.ts'
import type { ServerState } from '../../src/site/step.ts'
import { TurnQueue } from '../../src/turn/turn-queue.ts'
import type { TurnTaker } from '../../src/turn/turn-taker.ts'
import { openAccounts } from './accounts.ts'
import { Client } from './client.ts'
import { FakeTransport } from './fake-transport.ts'
import { Folder } from './folder.ts'
import { eventually } from './wait.ts'

/** A client, and the server's side of its connection. */
export interface Guest extends Disposable {
  readonly client: Client
  readonly transport: Transport
  readonly admission: Admission
  /** Bytes that have come. */
  readonly bytesRead: number
}

interface Accepted {
  readonly transport: Transport
  readonly admission: Admission
  bytesRead: number
}

/** The connections of a server in this process, over real sockets, whose time passes when a test says so. */
export class House implements ConnectionOwner, ExchangeObserver, Reception, AsyncDisposable {
  /** What the connections of each house are carried over. */
  static means: Means = 'handles'

  readonly folder = new Folder()
  readonly site: Site
  readonly queue: TurnQueue<TurnTaker>
  readonly connections: Connections
  readonly ended: ExchangeRecord[] = []
  readonly faults: unknown[] = []
  serverState: ServerState = 'running'
  readonly isBusy = false
  /** Called when an exchange has ended. */
  onEnded: (record: ExchangeRecord) => void = () => {}
  #time = 1_000_000
  readonly #acceptor: Acceptor
  readonly #arrived: Accepted[] = []

  private constructor(lines: readonly string[], files: Readonly<Record<string, string | Buffer>>) {
    this.folder.configure(lines)
    for (const [name, content] of Object.entries(files)) this.folder.publish(name, content)
    const nobody = new Compressor(
      () => false,
      () => {},
    )
    this.site = new Site(loadConfig(this.folder.configFile), nobody, openAccounts())
    this.queue = new TurnQueue(this.site.config.maxWait, {
      now: () => this.#time,
      after: () => () => {},
      soon: callback => void setImmediate(callback),
    })
    this.connections = new Connections(this)
    this.#acceptor = new Acceptor(this, House.means)
  }

  static async open(
    lines: readonly string[],
    files: Readonly<Record<string, string | Buffer>> = {},
  ): Promise<House> {
    const house = new House(lines, files)
    await house.#acceptor.listen({ port: 0, host: '127.0.0.1' })
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

  get port(): number {
    return (this.#acceptor.server.address() as AddressInfo).port
  }

  async connect(): Promise<Guest> {
    const client = await Client.connect(this.port)
    const isIt = ({ transport }: Accepted) => transport.remote.port === client.port
    const arrival = await eventually(() => this.#arrived.find(isIt), 'the connection to be accepted')
    const { transport, admission } = arrival
    return {
      client,
      transport,
      admission,
      get bytesRead() {
        return arrival.bytesRead
      },
      [Symbol.dispose]: () => client[Symbol.dispose](),
    }
  }

  secureContext(): undefined {
    return undefined
  }

  handshakeFailed(error: Error): void {
    throw error
  }

  connected(transport: Transport): void {
    const { start } = transport
    transport.start = user => {
      const received = (text: string) => {
        arrival.bytesRead += text.length
        user.received(text)
      }
      start.call(transport, {
        received,
        misspoke: () => user.misspoke(),
        taken: () => user.taken(),
        ended: () => user.ended(),
        closed: () => user.closed(),
        fail: error => user.fail(error),
      })
    }
    const arrival: Accepted = { transport, bytesRead: 0, admission: this.connections.admit(transport) }
    this.#arrived.push(arrival)
  }

  makeExchange(client: ExchangeClient, received: ReceivedRequest, now: number): Exchange {
    return new Exchange(client, client.peer, this.site, received, now, this)
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

  turnedAway(): void {}

  misbehaved({ what }: Misconduct): void {
    this.faults.push(what)
  }

  connectionIdle(connection: Connection): void {
    this.connections.idle(connection)
  }

  connectionClosed(connection: Connection): void {
    this.connections.remove(connection)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { transport } of this.#arrived) transport.close()
    this.#acceptor.server.close()
    this.folder[Symbol.dispose]()
  }
}
