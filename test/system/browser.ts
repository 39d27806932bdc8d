import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Program } from '../support/program.ts'
import { eventually, inTime } from '../support/wait.ts'

/** What Chromium needs to be of use to a test run by root: nothing it does may leave this machine. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--remote-debugging-port=0',
]

/** What a command or an event of the DevTools protocol carries; who asks knows what to look for. */
type Details = Readonly<Record<string, unknown>>

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: Details
  readonly result?: Details
  readonly error?: { readonly message: string }
}

/**
 * Chromium with one page, driven through the DevTools protocol; process and profile are gone once disposed of.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/
 */
export class Browser implements AsyncDisposable {
  /** Of its own, for what is downloaded and what is known of sites. */
  readonly folder: string
  readonly #program: Program
  readonly #socket: WebSocket
  readonly #replies = new Map<number, PromiseWithResolvers<Details>>()
  #session = ''
  #commands = 0
  /** Events of the page, in the order they came. */
  readonly events: { readonly name: string; readonly details: Details }[] = []

  private constructor(folder: string, program: Program, socket: WebSocket) {
    this.folder = folder
    this.#program = program
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => this.#received(JSON.parse(String(data)) as Message))
  }

  static async start(): Promise<Browser> {
    await using stack = new AsyncDisposableStack()
    const folder = mkdtempSync(join(tmpdir(), 'chromium-'))
    // Its helpers may still write when it has ended.
    stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
    const program = stack.use(
      new Program('/usr/bin/chromium', [...FLAGS, `--user-data-dir=${folder}`, 'about:blank'], {
        environment: { HOME: folder },
      }),
    )
    const address = await eventually(
      () => /^DevTools listening on (ws:\S+)$/m.exec(program.stderr)?.[1],
      'Chromium to listen',
    )
    const socket = new WebSocket(address)
    await inTime(new Promise(resolve => socket.addEventListener('open', resolve)), 'a connection to Chromium')
    const browser = new Browser(folder, program, socket)
    await browser.#openPage()
    stack.move()
    return browser
  }

  /** Loads a page, and all that belongs to it. */
  async open(url: string): Promise<void> {
    await this.#whenLoaded(() => this.command('Page.navigate', { url }))
  }

  /** As the button that bears that name does. */
  async reload(): Promise<void> {
    await this.#whenLoaded(() => this.command('Page.reload'))
  }

  /** Clicks the first element that a selector finds, and loads the page to which that leads. */
  async follow(selector: string): Promise<void> {
    await this.#whenLoaded(() => this.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`))
  }

  /** The value that an expression has, or comes to have, in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const asked = { expression, awaitPromise: true, returnByValue: true }
    const { result, exceptionDetails } = await this.command('Runtime.evaluate', asked)
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
    return (result as Details)['value']
  }

  /** The reply to one command of the protocol. */
  command(method: string, params: Details = {}): Promise<Details> {
    const id = ++this.#commands
    const reply = Promise.withResolvers<Details>()
    this.#replies.set(id, reply)
    const session = this.#session === '' ? {} : { sessionId: this.#session }
    this.#socket.send(JSON.stringify({ id, method, params, ...session }))
    return inTime(reply.promise, `a reply to ${method}`)
  }

  /** The details of every event of this name. */
  eventsNamed(name: string): Details[] {
    return this.events.filter(event => event.name === name).map(({ details }) => details)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close()
    await this.#program[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 })
  }

  async #openPage(): Promise<void> {
    const { targetId } = await this.command('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.command('Target.attachToTarget', { targetId, flatten: true })
    this.#session = String(sessionId)
    for (const domain of ['Page', 'Network', 'Runtime']) await this.command(`${domain}.enable`)
  }

  async #whenLoaded(act: () => Promise<unknown>): Promise<void> {
    const before = this.eventsNamed('Page.loadEventFired').length
    await act()
    await eventually(
      () => (this.eventsNamed('Page.loadEventFired').length > before ? true : undefined),
      'the page to be loaded',
    )
  }

  #received({ id, method, params = {}, result = {}, error }: Message): void {
    if (id === undefined) {
      this.events.push({ name: method ?? '', details: params })
      return
    }
    const reply = this.#replies.get(id)
    this.#replies.delete(id)
    if (error === undefined) reply?.resolve(result)
    else reply?.reject(new Error(error.message))
  }
}
