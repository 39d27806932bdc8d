import { test } from 'node:test'
import { fuzzDaemon } from './fuzz/daemon.ts'
import { fuzzParser } from './fuzz/parser.ts'

const SEED = 9112

test('no bytes, however they are cut, make the parser throw or change its mind', () => {
  fuzzParser({ seed: SEED, numRuns: 5000 })
})

test('no bytes make the daemon answer what is not HTTP, forget to log, or fall', async () => {
  await fuzzDaemon({ seed: SEED, numRuns: 100 })
})
