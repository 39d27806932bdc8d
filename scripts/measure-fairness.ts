/**
 * Measures how long a well-behaved client waits while others are a burden to the server: ours beside nginx,
 * lighttpd, Python's single-threaded http.server and the server of the textbook. Shows the result, and puts it
 * into docs/serial.json and docs/serial.md.
 *
 * Usage: npm run measure:fairness [-- --quick]
 *
 * It takes seven minutes, or one with --quick. The machine should have nothing else to do.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SKIP_SLOW_ATTACKS } from '../test/support/slowhttptest.ts'
import { measure, type Pace } from './fairness/measurement.ts'
import { describe } from './fairness/report.ts'
import { putIntoPage } from './measure/markdown.ts'

const FULL: Pace = { warmUp: 500, phase: 5000, attack: 60_000 }
const QUICK: Pace = { warmUp: 200, phase: 1000, attack: 5000 }

const DOCS = join(import.meta.dirname, '../docs')

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
if (SKIP_SLOW_ATTACKS) throw new Error(`Cannot measure: ${SKIP_SLOW_ATTACKS}`)

const measurement = await measure(values.quick ? QUICK : FULL, progress => console.error(progress))
const description = describe(measurement)
console.log(`\n${description}`)

writeFileSync(join(DOCS, 'serial.json'), `${JSON.stringify(measurement, null, 2)}\n`)
putIntoPage(join(DOCS, 'serial.md'), 'npm run measure:fairness', description)
