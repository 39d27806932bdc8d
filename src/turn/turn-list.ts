import { escapeLogText } from '../text/escape.ts'
import type { Service, TurnQueue } from './turn-queue.ts'

/** Times are milliseconds since the epoch, durations are microseconds, sizes are bytes. */
export interface RequestSummary {
  readonly remoteAddress: string
  /** Request line as received, unsafe bytes escaped. */
  readonly requestLine: string
  /** When it arrived. */
  readonly since: number
  readonly bytesSent: number
  /** Bytes of the whole response, its head included; null while that is undecided. */
  readonly bytesTotal: number | null
}

/** The requests that have the turn, wait for it, or are set aside. */
export interface TurnList {
  readonly waiting: number
  readonly setAside: number
  /** The one in service, then those that wait, in their order, then those set aside; the first of many. */
  readonly requests: readonly TurnListEntry[]
}

export interface TurnListEntry extends RequestSummary {
  readonly state: TurnState
  /** How long it has been in this state. */
  readonly duration: number
}

export type TurnState = 'in service' | 'waiting' | 'set aside'

/** What the list tells of a request and its connection. */
export interface ListedService extends Service {
  readonly remoteAddress: string
  readonly requestLine: string
  readonly arrivedAt: number
  readonly bytesSent: number
  readonly bytesTotal: number | undefined
}

type ListedQueue = Pick<TurnQueue<ListedService>, 'waiting' | 'setAside' | 'standings'>

/** The most requests that are listed, and of them the most that are set aside. */
const MOST_LISTED = 100
const MOST_SET_ASIDE = 40
/** The most of a request line that is shown. */
const SHOWN_LINE = 200

/**
 * All that `webserverctl turns` shows: of a long queue its head, and of many downloads set aside some.
 *
 * @param now On the clock of the queue.
 */
export function listTurns(queue: ListedQueue, now: number): TurnList {
  const first = (most: number, isWanted: (state: TurnState) => boolean) => [
    ...queue
      .standings()
      .filter(({ state }) => isWanted(state))
      .take(most),
  ]
  const setAside = first(MOST_SET_ASIDE, state => state === 'set aside')
  const others = first(MOST_LISTED - setAside.length, state => state !== 'set aside')
  return {
    waiting: queue.waiting,
    setAside: queue.setAside,
    requests: [...others, ...setAside].map(({ service, state, since }) => ({
      ...summarizeRequest(service),
      state,
      duration: Math.round((now - since) * 1000),
    })),
  }
}

export function summarizeRequest(service: ListedService): RequestSummary {
  return {
    remoteAddress: service.remoteAddress,
    requestLine: shownRequestLine(service.requestLine),
    since: Math.round(service.arrivedAt),
    bytesSent: service.bytesSent,
    bytesTotal: service.bytesTotal ?? null,
  }
}

/** The beginning of a request line, in printable ASCII. */
export function shownRequestLine(line: string): string {
  const shown = escapeLogText(line.slice(0, SHOWN_LINE))
  return line.length > SHOWN_LINE ? `${shown}...` : shown
}
