import { LastMinute } from './last-minute.ts'
import type { TurnObserver } from './turn-observer.ts'
import type { Service } from './turn-queue.ts'

/** Counts how long turns are waited for, and how long they last. */
export class TurnTimes implements TurnObserver<Service> {
  readonly wait = new LastMinute()
  readonly service = new LastMinute()
  #inService: Service | undefined
  #since = 0

  entered(): void {}

  served(service: Service, at: number, waited: number): void {
    this.wait.record(waited, at)
    this.#inService = service
    this.#since = at
  }

  setAside(service: Service, at: number): void {
    this.left(service, at)
  }

  left(service: Service, at: number): void {
    if (service !== this.#inService) return
    this.service.record(at - this.#since, at)
    this.#inService = undefined
  }
}
