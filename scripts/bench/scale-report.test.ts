import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sample } from './sample.ts'
import type { ScaledServer, ScaleMeasurement, Step } from './scale.ts'
import { drawScale } from './scale-figure.ts'
import { bytesPerIdleConnection, describeScale } from './scale-report.ts'

const KIBIBYTE = 1024

test('an idle connection costs what a server has grown by, held against what Node takes itself', () => {
  const idle = [
    step('webserver', 0, 100_000_000),
    step('webserver', 10_000, 100_000_000 + 10_000 * 14 * KIBIBYTE),
    step('node:net constant', 0, 50_000_000),
    step('node:net constant', 10_000, 50_000_000 + 10_000 * 3 * KIBIBYTE),
  ]
  assert.deepEqual(bytesPerIdleConnection(idle), { ours: 14 * KIBIBYTE, node: 3 * KIBIBYTE })
  assert.match(describeScale(measurementOf({ idle })), /Got: 11 KiB, \*\*not met\*\*/)
  assert.equal(bytesPerIdleConnection(idle.slice(0, 2)), undefined)
})

test('a step is shown with what was counted, what it cost, and its failures', () => {
  const failures = { unexpected: 0, aborted: 2, malformed: 0, unanswered: 0 }
  const sizes = [{ ...step('webserver', 5 * KIBIBYTE ** 3, 0), peak: 80 * KIBIBYTE ** 2, failures }]
  const report = describeScale(measurementOf({ sizes }))
  assert.match(
    report,
    /\| webserver \| 5 GiB \| 1,000 +\| 500 +\| 1 +\| 524,288 +\| 80 MiB \| \*\*2 aborted\*\* \|/,
  )
})

test('the figure has a panel for each scale that was measured, and begins at nothing', () => {
  const idle = [step('webserver', 0, 100_000_000), step('webserver', 1000, 110_000_000)]
  const figure = drawScale(measurementOf({ idle }))
  assert.equal(figure.match(/<polyline /g)?.length, 1)
  assert.match(figure, />MiB of memory, by connections that are idle</)
  assert.match(figure, />1 k</)
  assert.match(figure, />0</)
})

function step(server: ScaledServer, size: number, resident: number): Step {
  const { peer: _, workload: __, round: ___, ...outcome } = sample(server, 'page-64', {})
  return { ...outcome, server, size, resident, peak: resident }
}

function measurementOf(steps: Partial<ScaleMeasurement['steps']>): ScaleMeasurement {
  return {
    measuredAt: '2026-11-22T20:54:18.000Z',
    machine: { processor: 'processor', cores: 2, kernel: '6.1' },
    pace: { connections: [], idle: [], files: [], sizes: [], downloads: 0, warmUp: 0, seconds: 1 },
    steps: { connections: [], idle: [], files: [], sizes: [], downloads: [], ...steps },
  }
}
