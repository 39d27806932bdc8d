import type { TraceRecord } from '../../src/turn/turn-trace.ts'

/** Follows traces of the turn, and finds whoever is served while another is. */
export class TurnWitness {
  /** Turns that were seen to be given. */
  turns = 0
  /** Each in a line. */
  readonly overlaps: string[] = []
  #inService: number | undefined
  #lines = new Map<number, string>()

  /** A trace begins: it numbers requests anew, and tells who is in service. */
  begin(): void {
    this.#inService = undefined
    this.#lines = new Map()
  }

  take(records: readonly TraceRecord[]): void {
    for (const record of records) this.#take(record)
  }

  #take(record: TraceRecord): void {
    const { request } = record
    switch (record.kind) {
      case 'request':
        this.#lines.set(request, record.requestLine)
        return
      case 'in service':
        this.turns++
        if (this.#inService !== undefined && this.#inService !== request) {
          const [one, other] = [this.#inService, request].map(number =>
            JSON.stringify(this.#lines.get(number)),
          )
          this.overlaps.push(`${other} was served while ${one} was, ${record.at} µs into the trace`)
        }
        this.#inService = request
        return
      case 'waiting':
      case 'set aside':
      case 'left':
        if (this.#inService === request) this.#inService = undefined
        if (record.kind === 'left') this.#lines.delete(request)
        return
      default:
        record satisfies never
    }
  }
}
