import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { type Client, get } from './support/client.ts'
import { type CorpusCase, type ExpectedAnswer, readCorpus } from './support/corpus.ts'
import { corpusValues, startCorpusDaemon } from './support/corpus-daemon.ts'
import type { Response } from './support/response.ts'

/** How the bytes of a case are sent. */
const MANNERS = ['whole', 'byte by byte', 'with another request behind it'] as const
type Manner = (typeof MANNERS)[number]

const FOLLOWER = get('/empty.txt')
const FOLLOWER_ANSWER: ExpectedAnswer = { status: 200, bodiless: false, fields: new Map(), body: '' }
const IMF_FIXDATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d GMT$/

const daemon = await startCorpusDaemon()
after(() => daemon[Symbol.asyncDispose]())
const corpus = readCorpus(await corpusValues(daemon))
/** The statuses that went to each port; a port may have served more than one connection. */
const statuses = new Map<number, number[]>()

for (const [topic, cases] of Map.groupBy(corpus, ({ topic }) => topic)) {
  describe(topic, { concurrency: true }, () => {
    for (const each of cases) {
      test(each.title, async () => {
        await Promise.all(MANNERS.map(manner => play(each, manner)))
      })
    }
  })
}

test('every request of the corpus is logged once, and nothing else is', async () => {
  const total = [...statuses.values()].flat().length
  // The first one asked for the entity-tag.
  const [, ...lines] = await daemon.accessLog(1 + total)
  assert.equal(lines.length, total)
  const logged = Map.groupBy(lines, line => Number(line.split(' ')[0]))
  for (const [port, sent] of statuses) {
    const found = (logged.get(port) ?? []).map(line => Number(line.split(' ')[1]))
    assert.deepEqual(found, sent, `The log of port ${port}`)
  }
})

async function play(each: CorpusCase, manner: Manner): Promise<void> {
  try {
    using client = await daemon.connect()
    const { port } = client
    const responses = await converse(client, each, manner)
    const final = responses.map(({ status }) => status).filter(status => status >= 200)
    statuses.set(port, [...(statuses.get(port) ?? []), ...final])
  } catch (error) {
    throw new Error(`${each.place}, sent ${manner}`, { cause: error })
  }
}

/** Sends what a case says, holds what comes to it, and sees the connection to its end. */
async function converse(client: Client, { steps, closes }: CorpusCase, manner: Manner): Promise<Response[]> {
  const responses: Response[] = []
  const last = steps.at(-1)
  const ends = last?.ends === true
  const isFollowed = manner === 'with another request behind it' && !ends
  for (const step of steps) {
    const bytes = isFollowed && step === last ? step.bytes + FOLLOWER : step.bytes
    if (manner === 'byte by byte') await client.sendInPieces(bytes)
    else client.send(bytes)
    if (step.ends) client.endSending()
    for (const expected of step.answers) responses.push(await receive(client, expected, manner))
  }
  if (!closes && !ends) {
    if (!isFollowed) client.send(FOLLOWER)
    responses.push(await receive(client, FOLLOWER_ANSWER, manner))
    client.endSending()
  }
  const { bytes, end } = await client.untilClosed()
  assert.equal(bytes.length, 0)
  // A client that goes on sending for two seconds after it was refused is reset, and byte by byte that may take as long.
  if (!closes || manner !== 'byte by byte') assert.equal(end, 'closed')
  const announced = responses.map(({ fields }) => fields.get('connection') === 'close')
  assert.deepEqual(
    announced,
    responses.map((_, index) => closes && index === responses.length - 1),
    'Connection: close',
  )
  return responses
}

async function receive(client: Client, expected: ExpectedAnswer, manner: Manner): Promise<Response> {
  const method = expected.bodiless ? 'HEAD' : 'GET'
  let response = await client.response(method)
  // Byte by byte, no body has come yet when its head is whole, so the client may be told to go on.
  if (response.status === 100 && expected.status !== 100 && manner === 'byte by byte') {
    response = await client.response(method)
  }
  checkAnswer(response, expected)
  if (response.status >= 200) checkCommon(response)
  return response
}

function checkAnswer(response: Response, expected: ExpectedAnswer): void {
  assert.equal(response.status, expected.status)
  if (expected.body !== undefined) assert.equal(response.body.toString('latin1'), expected.body)
  for (const [name, value] of expected.fields) {
    const actual = response.fields.get(name)
    if (value?.endsWith('*')) assert.ok(actual?.startsWith(value.slice(0, -1)), `${name}: ${actual}`)
    else assert.equal(actual, value, name)
  }
}

/** What must be true of every final response. */
function checkCommon({ status, fields, body }: Response): void {
  assert.match(fields.get('date') ?? '', IMF_FIXDATE)
  assert.equal(fields.get('server'), 'webserver')
  assert.equal(fields.has('allow'), status === 405 || status === 204)
  if (status === 204 || status === 304) return
  assert.ok(fields.has('content-type'))
  if (status >= 400 && body.length > 0) assert.match(body.toString(), new RegExp(`<h1><b>${status}</b>`))
}
