/**
 * Clients of all manners in a process of their own, several at a time, until so many requests are answered. Tells
 * its parent now and then what came of them, and leaves its ledger in a file.
 *
 * Usage: load.ts PORT BOOK REQUESTS SEED LEDGER, with an IPC channel
 */
import { AnswerChecker } from '../proof/answer-checker.ts'
import { Dice } from '../proof/dice.ts'
import { Ledger } from '../proof/ledger.ts'
import { makeRequest } from '../proof/requests.ts'
import { makePages } from '../proof/site.ts'
import { planVisit, Visit } from '../proof/visit.ts'

/** What has come of its requests so far. */
export interface Progress {
  readonly answered: number
  readonly connections: number
  /** Requests without an answer, of clients who waited for it. */
  readonly lost: number
  /** The first of the answers that were not as they must be. */
  readonly faults: readonly string[]
}

/** Clients at a time. */
const CLIENTS = 24
const MOST_FAULTS = 10
const BETWEEN_REPORTS = 500

if (import.meta.main) await main()

async function main(): Promise<void> {
  const [port = 0, book = 0, requests = 0, seed = 0] = process.argv.slice(2).map(Number)
  const path = process.argv[6] ?? ''
  const dice = new Dice(seed + book)
  const pages = makePages(seed)
  const ledger = new Ledger(book)
  const checker = new AnswerChecker()
  const ingredients = { dice, pages, tags: checker.tags }
  const source = () => {
    const number = ledger.enter()
    return makeRequest(ingredients, number, ledger.tokenOf(number))
  }
  const check: AnswerChecker['check'] = (request, response) => checker.check(request, response)
  const progress = { answered: 0, connections: 0, lost: 0, faults: [] as string[] }
  const report = () => process.send?.(progress satisfies Progress)

  const visitAgainAndAgain = async () => {
    while (progress.answered < requests && progress.faults.length < MOST_FAULTS) {
      const { answered, lost, faults } = await new Visit(port, planVisit(dice), dice, source, check, ledger)
        .outcome
      progress.answered += answered
      progress.connections++
      progress.lost += lost.length
      progress.faults.push(...faults)
    }
  }
  const reporting = setInterval(report, BETWEEN_REPORTS)
  await Promise.all(Array.from({ length: CLIENTS }, visitAgainAndAgain))
  clearInterval(reporting)
  ledger.save(path)
  report()
  process.disconnect?.()
}
