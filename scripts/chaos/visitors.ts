import { AnswerChecker } from '../proof/answer-checker.ts'
import { Dice } from '../proof/dice.ts'
import { makeRequest, type PlannedRequest } from '../proof/requests.ts'
import type { Page } from '../proof/site.ts'
import { type Check, planVisit, type RequestSource, Visit, type VisitPlan } from '../proof/visit.ts'
import { CHANGING_PATHS, type ChangingFiles, mayBeBrokenOff } from './changing-files.ts'
import type { World } from './world.ts'

/** Clients who must be served, whatever others do, and what has come of it. */
export class Visitors {
  answered = 0
  /** Requests without an answer, while there was trouble or their file was cut short. */
  lost = 0
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** Asks for what does not change, in all manners, until all is over. */
  async askForPages(dice: Dice, pages: readonly Page[]): Promise<void> {
    const { ledger } = this.#world
    const checker = new AnswerChecker()
    const source = () => {
      const number = ledger.enter()
      return makeRequest({ dice, pages, tags: checker.tags }, number, ledger.tokenOf(number))
    }
    const check: Check = (request, response) => checker.check(request, response)
    await this.#visitAgainAndAgain(dice, planVisit, source, check)
  }

  /** Asks for what changes, until all is over. */
  async watchFiles(dice: Dice, files: ChangingFiles): Promise<void> {
    const { ledger } = this.#world
    const asked = new Map<number, { readonly path: string; readonly at: number }>()
    const source = (): PlannedRequest => {
      const number = ledger.enter()
      const path = dice.pick(CHANGING_PATHS)
      asked.set(number, { path, at: this.#world.now })
      const accepted = dice.chance(0.5) ? 'Accept-Encoding: gzip, br\r\n' : ''
      const text = `GET ${path}?${ledger.tokenOf(number)} HTTP/1.1\r\nHost: a\r\n${accepted}\r\n`
      return { number, text, method: 'GET', statuses: [], page: undefined, ranges: [] }
    }
    const check: Check = ({ number }, response) => {
      const { path, at } = asked.get(number) ?? { path: '', at: 0 }
      return files.check(path, response, at)
    }
    const plan = (dice: Dice): VisitPlan => {
      return { manner: 'asks', batches: Array.from({ length: dice.integer(1, 10) }, () => 1) }
    }
    await this.#visitAgainAndAgain(dice, plan, source, check, () => asked.clear())
  }

  async #visitAgainAndAgain(
    dice: Dice,
    plan: (dice: Dice) => VisitPlan,
    source: RequestSource,
    check: Check,
    afterwards: () => void = () => {},
  ): Promise<void> {
    const world = this.#world
    while (!world.over.aborted) {
      const began = world.now
      const visit = new Visit(
        world.subject.port,
        plan(dice),
        new Dice(dice.seed()),
        source,
        this.#lenient(check, began),
        world.ledger,
      )
      const { isConnected, answered, lost, faults } = await visit.outcome
      this.answered += answered
      for (const fault of faults) world.fail(fault)
      this.lost += lost.length
      if (!world.wasTroubledSince(began)) {
        if (!isConnected) world.fail('There was no connection to be had')
        for (const { text } of lost.filter(({ text }) => !mayBeBrokenOff(text))) {
          world.fail(`There was no answer to ${JSON.stringify(text.slice(0, 300))}`)
        }
      }
      afterwards()
      await world.pause(dice.integer(0, 10))
    }
  }

  /** While there is trouble there may be no room, and the server says so. */
  #lenient(check: Check, began: number): Check {
    return (request, response) => {
      if (response.status === 503 && this.#world.wasTroubledSince(began)) return undefined
      return check(request, response)
    }
  }
}
