/**
 * Serves millions of requests of all kinds with reloads and log rotations between, and reconciles the logs with what
 * the clients know, to the line. The exit status is 1 when anything was not as it must be.
 *
 * Usage: soak.ts [--requests number] [--seed number] [--chart file.svg]
 */
import { writeFileSync } from 'node:fs'
import { drawResources } from './proof/chart.ts'
import { readOptions } from './shared/read-options.ts'
import { soak } from './soak/soak.ts'

const values = readOptions(
  {
    requests: { type: 'string', default: '2000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    chart: { type: 'string' },
  },
  'npm run soak [-- --requests number --seed number --chart file.svg]',
)
const requests = Number(values.requests)
const seed = Number(values.seed)
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(requests) || requests < 1) {
  throw new Error(`Expected two numbers, got "${values.requests}" and "${values.seed}"`)
}

console.log(`Seed ${seed}`)
const { summary, caption, samples, faults } = await soak({
  requests,
  seed,
  report: line => console.log(line),
})
console.log(summary)
if (values.chart !== undefined) {
  writeFileSync(values.chart, drawResources('What the daemon held', caption, samples))
}
for (const fault of faults) console.error(fault)
if (faults.length > 0) {
  console.error(`Not sound. To do it again: npm run soak -- --requests ${requests} --seed ${seed}`)
  process.exitCode = 1
}
