/**
 * Fuzzes the parser, and then a real daemon, each for half of the time. What breaks a promise is shown with the
 * seed that leads to it again.
 *
 * Usage: fuzz.ts [--seed number] [--seconds number]
 */
import { fuzzDaemon } from '../test/fuzz/daemon.ts'
import { fuzzParser } from '../test/fuzz/parser.ts'
import { readOptions } from './shared/read-options.ts'

const values = readOptions(
  {
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    seconds: { type: 'string', default: '60' },
  },
  'npm run fuzz [-- --seed number --seconds number]',
)
const seed = Number(values.seed)
const milliseconds = (Number(values.seconds) * 1000) / 2
if (!Number.isSafeInteger(seed) || !(milliseconds > 0)) {
  throw new Error(`Expected two numbers, got "${values.seed}" and "${values.seconds}"`)
}
const parameters = { seed, numRuns: 2 ** 31, interruptAfterTimeLimit: milliseconds }

console.log(`Seed ${seed}, ${milliseconds / 1000} s each`)
console.log(`Parser: ${fuzzParser(parameters)} inputs`)
const { connections, requests, resident } = await fuzzDaemon(parameters)
const mebibytes = Math.round(resident / 2 ** 20)
console.log(
  `Daemon: ${requests} requests on ${connections} connections, ${mebibytes} MiB resident in the end`,
)
