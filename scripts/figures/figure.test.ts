import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawFigure } from './figure.ts'
import { readTrace } from './trace.ts'

const slice = (cat: string, name: string, request: number, ts: number, dur: number) => ({
  ph: 'X',
  cat,
  name,
  ts,
  dur,
  args: { request },
})

/** A download that is set aside for a page, as `webserverctl trace` writes it, which begins a second earlier. */
const TRACE = JSON.stringify({
  traceEvents: [
    { ph: 'M', name: 'process_name', args: { name: 'webserver' } },
    slice('in service', 'in service', 1, 1_000_000, 25_000),
    slice('the turn', 'GET /download HTTP/1.1', 1, 1_000_000, 25_000),
    slice('waiting', 'waiting', 2, 1_005_000, 20_000),
    slice('in service', 'in service', 2, 1_025_000, 1000),
    slice('request', 'GET /page HTTP/1.1', 2, 1_005_000, 21_000),
    slice('set aside', 'set aside', 1, 1_025_000, 5000),
    slice('request', 'GET /download HTTP/1.1', 1, 1_000_000, 30_000),
  ],
})

test('a trace is read from the first arrival on, request by request', () => {
  assert.deepEqual(readTrace(TRACE), [
    {
      path: '/download',
      arrival: 0,
      stretches: [
        { state: 'in service', from: 0, to: 25 },
        { state: 'set aside', from: 25, to: 30 },
      ],
    },
    {
      path: '/page',
      arrival: 5,
      stretches: [
        { state: 'waiting', from: 5, to: 25 },
        { state: 'in service', from: 25, to: 26 },
      ],
    },
  ])
})

test('a figure has a ring for each request, a bar for each service and a line from one to the next', () => {
  const figure = drawFigure('MaxWait 20ms', readTrace(TRACE), 50)
  const count = (kind: string) => figure.match(new RegExp(`class="${kind}"`, 'g'))?.length
  // The legend has one of each, but for the last.
  assert.equal(count('arrival'), 2 + 1)
  assert.equal(count('service'), 2 + 1)
  assert.equal(count('waiting'), 1 + 1)
  assert.equal(count('set-aside'), 1 + 1)
  assert.equal(count('hand-over'), 1)
  assert.match(figure, /the pages waited up to 20 ms/)
})
