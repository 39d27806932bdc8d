import { ip, Namespace } from './namespace.ts'

/** Machines with an address each at one switch, and nothing else; all of it is gone once disposed of. */
export class Network implements AsyncDisposable {
  readonly #held: AsyncDisposableStack
  readonly #switch: Namespace
  readonly #ports = new Map<Namespace, string>()

  private constructor(center: Namespace, held: AsyncDisposableStack) {
    this.#switch = center
    this.#held = held
  }

  static async open(): Promise<Network> {
    await using held = new AsyncDisposableStack()
    const center = held.use(new Namespace())
    await center.made()
    await ip(center.pid, 'link add switch type bridge')
    await ip(center.pid, 'link set switch up')
    return new Network(center, held.move())
  }

  /** A machine that is plugged in. */
  async attach(address: string): Promise<Namespace> {
    const machine = this.#held.use(new Namespace())
    await machine.made()
    const port = `port${this.#ports.size}`
    this.#ports.set(machine, port)
    await ip(this.#switch.pid, `link add ${port} type veth peer name cable netns ${machine.pid}`)
    await ip(this.#switch.pid, `link set ${port} master switch`)
    await this.mend(machine)
    await ip(machine.pid, `address add ${address}/24 dev cable`)
    await ip(machine.pid, 'link set cable up')
    return machine
  }

  /** Loses all that goes to a machine or comes from it. */
  async cut(machine: Namespace): Promise<void> {
    await ip(this.#switch.pid, `link set ${this.#ports.get(machine)} down`)
  }

  async mend(machine: Namespace): Promise<void> {
    await ip(this.#switch.pid, `link set ${this.#ports.get(machine)} up`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync()
  }
}
