import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ReceivedRequest } from '../../src/http/request/request-reader.ts'
import { type Client, get } from '../support/client.ts'
import { startCorpusDaemon } from '../support/corpus-daemon.ts'
import type { Daemon } from '../support/daemon.ts'
import { bodyLength, parseResponseHead } from '../support/response.ts'
import { until } from '../support/wait.ts'
import { type FuzzInput, fuzzInputs } from './inputs.ts'
import { readRequests } from './parser.ts'

/** What a daemon went through. */
export interface DaemonRun {
  readonly connections: number
  readonly requests: number
  /** Bytes of memory, at the end. */
  readonly resident: number
}

/** How much was sent, and how many requests had their answer, or may have had one. */
interface Sent {
  connections: number
  answered: number
  abandoned: number
}

/** Far above what a daemon takes that has served for days, in bytes. */
const MOST_RESIDENT = 384 * 1024 * 1024
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const FOUND = [200, 206, 301, 304, 403, 404, 412, 416]
const STATUSES: Readonly<Record<string, readonly number[]>> = {
  GET: FOUND,
  HEAD: FOUND,
  OPTIONS: [204],
  ...Object.fromEntries(
    ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'CONNECT', 'PROPFIND', 'QUERY'].map(method => [
      method,
      [405],
    ]),
  ),
}

const visits = fc.array(
  fc.record({
    input: fuzzInputs(),
    isPatient: fc.constantFrom(true, true, true, false),
  }),
  { minLength: 1, maxLength: 16 },
)

/**
 * Sends a real daemon what comes to mind, over several connections at once. All it answers must be well-formed
 * and what the parser says of the bytes; at the end it must have logged each request once, and be well.
 */
export async function fuzzDaemon(parameters: fc.Parameters<unknown>): Promise<DaemonRun> {
  await using daemon = await startCorpusDaemon()
  const sent: Sent = { connections: 0, answered: 0, abandoned: 0 }
  const property = fc.asyncProperty(visits, async all => {
    await Promise.all(
      all.map(async ({ input, isPatient }) => {
        const requests = await (isPatient ? visit : vanish)(daemon, input)
        sent.connections++
        sent[isPatient ? 'answered' : 'abandoned'] += requests
      }),
    )
  })
  await fc.assert(property, { ...parameters, endOnFailure: true })
  return await checkHealth(daemon, sent)
}

/** Whether the daemon still serves, has logged each request once, and has not grown. */
async function checkHealth(daemon: Daemon, { connections, answered, abandoned }: Sent): Promise<DaemonRun> {
  assert.equal((await daemon.ask(get('/alphabet.txt'))).status, 200)
  await until(async () => (await daemon.status()).connections.open === 0, 'the end of all connections')
  const { requests, memory } = await daemon.status()
  const lines = await daemon.accessLog(requests.total)
  assert.equal(lines.length, requests.total)
  for (const line of lines) assert.match(line, /^\d+ [2-5]\d\d$/)

  const [least, most] = [answered + 1, answered + 1 + abandoned]
  assert.ok(lines.length >= least && lines.length <= most, `${lines.length}, not ${least} to ${most}`)
  assert.ok(memory.resident < MOST_RESIDENT, `${memory.resident} bytes resident`)
  return { connections, requests: requests.total, resident: memory.resident }
}

/** Sends it all, checks what comes for it, and gives how many requests were answered. */
async function visit(daemon: Daemon, { bytes, pieces }: FuzzInput): Promise<number> {
  using client = await daemon.connect()
  await send(client, pieces)
  client.endSending()
  const received = await client.untilClosed()
  const requests = readRequests([bytes])
  const last = requests.findIndex(({ request }) => request.kind === 'refused' || !request.persistent)
  const expected = last < 0 ? requests : requests.slice(0, last + 1)
  // A client that goes on sending for two seconds after its last answer is reset, and may lose what it has not read.
  if (last >= 0 && received.end === 'reset') return expected.length
  assert.equal(received.end, 'closed')
  const rest = expected.reduce(checkAnswer, received.bytes.toString('latin1'))
  assert.equal(rest, '', 'There is an answer to nothing')
  return expected.length
}

/** Sends it all, hangs up without a look, and gives how many requests may have been answered. */
async function vanish(daemon: Daemon, { bytes, pieces }: FuzzInput): Promise<number> {
  using client = await daemon.connect()
  await send(client, pieces)
  client.reset()
  return readRequests([bytes]).length
}

async function send(client: Client, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    client.send(piece)
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** Checks the answer to one request at the beginning of what came, and gives what came after it. */
function checkAnswer(received: string, { request, line }: ReceivedRequest): string {
  const mayContinue = request.head?.fields.has('expect') === true && received.startsWith(CONTINUE)
  const text = mayContinue ? received.slice(CONTINUE.length) : received
  const end = text.indexOf('\r\n\r\n') + 4
  const head = parseResponseHead(text.slice(0, end))
  const method = request.head?.line.method ?? /^[A-Z]+(?= |$)/.exec(line)?.[0] ?? ''
  const length = bodyLength(head, method)
  assert.ok(text.length >= end + length, 'The body is cut short')
  const statuses = request.kind === 'refused' ? [request.refusal.status] : (STATUSES[method] ?? [501])
  assert.ok(statuses.includes(head.status), `${head.status} for "${line}"`)
  assert.ok(head.fields.has('date') && head.fields.has('server'))
  return text.slice(end + length)
}
