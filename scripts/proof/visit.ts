import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Response } from '../../test/support/response.ts'
import type { Dice } from './dice.ts'
import type { Ledger } from './ledger.ts'
import type { PlannedRequest } from './requests.ts'
import { ResponseReader } from './response-reader.ts'

/** How a client behaves; all but those who hang up wait for every answer. */
export const MANNERS = [
  { name: 'asks', weight: 70 },
  { name: 'asks in pieces', weight: 10 },
  { name: 'reads slowly', weight: 5 },
  { name: 'half-closes', weight: 8 },
  { name: 'hangs up', weight: 7 },
] as const

export type Manner = (typeof MANNERS)[number]['name']

/** What one connection is for. */
export interface VisitPlan {
  readonly manner: Manner
  /** How many requests are sent together each time; the next follow when these are answered. */
  readonly batches: readonly number[]
}

/** What came of it. */
export interface VisitOutcome {
  readonly isConnected: boolean
  readonly answered: number
  /** Requests without an answer, though neither side had announced the end of the connection. */
  readonly lost: readonly PlannedRequest[]
  /** Answers that were not as they must be, each in a line. */
  readonly faults: readonly string[]
}

/** Makes the next request, entered in the ledger. */
export type RequestSource = () => PlannedRequest

/** Holds an answer against what was asked: what is wrong with it, or undefined. */
export type Check = (request: PlannedRequest, response: Response) => string | undefined

/** Milliseconds without anything from the server after which a client gives up. */
const PATIENCE = 60_000
/** How often a slow reader pauses, and for how long at the most, in milliseconds. */
const PAUSES = 20
const LONGEST_PAUSE = 10

export function planVisit(dice: Dice): VisitPlan {
  const manner = dice.pickByWeight(MANNERS).name
  const count = manner === 'half-closes' || dice.chance(0.2) ? 1 : dice.integer(1, 40)
  const batches = Array.from({ length: count }, () => {
    if (dice.chance(0.5)) return 1
    return dice.chance(0.7) ? dice.integer(2, 8) : dice.integer(9, 32)
  })
  return { manner, batches }
}

/** Makes requests on a connection of its own, and enters in the ledger what becomes of each. */
export class Visit {
  /** What came of it, once the connection has ended. */
  readonly outcome: Promise<VisitOutcome>
  readonly #end = Promise.withResolvers<VisitOutcome>()
  readonly #socket: Socket
  readonly #reader = new ResponseReader()
  readonly #batches: number[]
  readonly #manner: Manner
  readonly #dice: Dice
  readonly #source: RequestSource
  readonly #check: Check
  readonly #ledger: Ledger
  /** In their order. */
  readonly #unanswered: PlannedRequest[] = []
  readonly #faults: string[] = []
  #isConnected = false
  #answered = 0
  #lost: readonly PlannedRequest[] = []
  /** After so many answers it hangs up. */
  #hangUpAfter = Number.POSITIVE_INFINITY
  #pausesLeft = PAUSES
  /** Which side has said that it wants no more. */
  #ending: 'server' | 'client' | undefined

  constructor(
    port: number,
    plan: VisitPlan,
    dice: Dice,
    source: RequestSource,
    check: Check,
    ledger: Ledger,
  ) {
    this.outcome = this.#end.promise
    this.#batches = [...plan.batches]
    this.#manner = plan.manner
    this.#dice = dice
    this.#source = source
    this.#check = check
    this.#ledger = ledger
    if (plan.manner === 'hangs up') {
      this.#hangUpAfter = dice.integer(
        0,
        plan.batches.reduce((sum, size) => sum + size, 0),
      )
    }
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.setTimeout(PATIENCE, () => this.#socket.destroy())
    // What became of it is told by 'close', which follows.
    this.#socket.on('error', () => {})
    this.#socket.on('connect', () => {
      this.#isConnected = true
      this.#goOn()
    })
    this.#socket.on('data', bytes => this.#receive(bytes as Buffer))
    this.#socket.on('close', () => this.#closed())
  }

  /** Sends what comes next, or ends. */
  #goOn(): void {
    const size = this.#batches.shift()
    if (size === undefined) {
      this.#ending = 'client'
      this.#socket.end()
      return
    }
    const requests = Array.from({ length: size }, this.#source)
    this.#unanswered.push(...requests)
    const text = requests.map(({ text }) => text).join('')
    if (this.#manner === 'asks in pieces') void this.#sendInPieces(text)
    else this.#socket.write(text, 'latin1')
    if (this.#manner === 'half-closes') this.#socket.end()
    if (this.#answered >= this.#hangUpAfter) this.#hangUp()
  }

  async #sendInPieces(text: string): Promise<void> {
    for (let at = 0; at < text.length && !this.#socket.destroyed; ) {
      const size = this.#dice.chance(0.2) ? 1 : this.#dice.integer(1, text.length)
      this.#socket.write(text.slice(at, at + size), 'latin1')
      at += size
      await pause(this.#dice.chance(0.1) ? 1 : 0)
    }
  }

  #receive(bytes: Buffer): void {
    if (this.#manner === 'reads slowly' && this.#pausesLeft-- > 0) void this.#rest()
    this.#reader.push(bytes)
    try {
      while (this.#takeAnswer());
    } catch (error) {
      this.#faults.push(String(error))
      this.#socket.destroy()
      return
    }
    const isDone = this.#unanswered.length === 0 && this.#ending === undefined
    if (isDone && this.#manner !== 'half-closes') this.#goOn()
  }

  /** Takes the next answer, if it is there and wanted. */
  #takeAnswer(): boolean {
    const [request] = this.#unanswered
    if (request === undefined) return false
    const response = this.#reader.next(request.method)
    if (response === undefined) return false
    this.#unanswered.shift()
    this.#answered++
    const fault = this.#check(request, response)
    if (fault !== undefined) this.#faults.push(`${fault}, for ${JSON.stringify(request.text.slice(0, 300))}`)
    if (response.fields.get('connection') === 'close') this.#endedByServer()
    if (this.#answered >= this.#hangUpAfter) {
      // The server may not have seen yet that all of it was taken.
      this.#ledger.settle(request.number, 'once')
      this.#hangUp()
      return false
    }
    const { status, body } = response
    // Whoever is turned away has perhaps not been read.
    this.#ledger.settle(request.number, status === 503 ? 'perhaps' : { status, bodyBytes: body.length })
    return true
  }

  async #rest(): Promise<void> {
    this.#socket.pause()
    await pause(this.#dice.integer(1, LONGEST_PAUSE))
    this.#socket.resume()
  }

  /** What else was sent will not be looked at. */
  #endedByServer(): void {
    this.#ending = 'server'
    this.#unanswered.length = 0
    this.#batches.length = 0
  }

  #hangUp(): void {
    this.#ending ??= 'client'
    this.#leaveInDoubt()
    this.#socket.resetAndDestroy()
  }

  #closed(): void {
    if (this.#unanswered.length > 0) {
      this.#lost = [...this.#unanswered]
      this.#leaveInDoubt()
    } else if (this.#reader.hasBegun && this.#manner !== 'hangs up') {
      this.#faults.push('There is an answer to nothing')
    }
    this.#end.resolve({
      isConnected: this.#isConnected,
      answered: this.#answered,
      lost: this.#lost,
      faults: this.#faults,
    })
  }

  /** Only what has begun to be answered is known to have reached the server. */
  #leaveInDoubt(): void {
    for (const [index, { number }] of this.#unanswered.entries()) {
      this.#ledger.settle(number, index === 0 && this.#reader.hasBegun ? 'once' : 'perhaps')
    }
    this.#unanswered.length = 0
  }
}
