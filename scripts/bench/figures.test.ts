import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawFigures } from './figures.ts'
import { measurementOf, sample } from './sample.ts'

const GROUPS = { webserver: 'ours', lighttpd: 'leading', 'C constant': 'floor', serve: 'node' } as const

const NONE = { unexpected: 0, aborted: 0, malformed: 0, unanswered: 0 }

test('the figures show what was measured: bars by rate, dots by processor time, curves by percentile', () => {
  const figures = drawFigures(
    measurementOf(
      [
        sample('webserver', 'page-64', { responses: 4000 }),
        sample('C constant', 'page-64', { responses: 8000 }),
        sample('serve', 'page-64', { responses: 1000, failures: { ...NONE, aborted: 12 } }),
        sample('webserver', 'latency', {}),
        sample('lighttpd', 'latency', {}),
      ],
      GROUPS,
    ),
  )
  const requests = figures['performance-requests.svg'] ?? ''
  assert.ok(requests.indexOf('>C constant<') < requests.indexOf('>webserver<'))
  assert.ok(requests.indexOf('>webserver<') < requests.indexOf('>serve<'))
  const [floor = 0, ours = 0, serve = 0] = [
    ...requests.matchAll(/<rect class="(?:bar|floor) .*? width="([\d.]+)"/g),
  ].map(([, width]) => Number(width))
  assert.ok(
    Math.abs(floor / ours - 2) < 0.01 && Math.abs(ours / serve - 4) < 0.01,
    `${floor} ${ours} ${serve}`,
  )

  assert.match(requests, />1,000 · 500 µs · 12 failed</)

  // The legend has one of each; neither floors nor others are dots.
  const processor = figures['performance-processor.svg'] ?? ''
  assert.equal(processor.match(/<circle class="dot /g)?.length, 2 + 3)

  const latency = figures['performance-latency.svg'] ?? ''
  assert.equal(latency.match(/<polyline class="curve /g)?.length, 2)
})

test('what was not measured is not drawn', () => {
  const measurement = measurementOf([sample('webserver', 'not-found', {})], GROUPS)
  assert.deepEqual(Object.keys(drawFigures(measurement)), ['performance-processor.svg'])
})
