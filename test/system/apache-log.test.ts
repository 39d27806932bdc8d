import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Client, get } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import { until } from '../support/wait.ts'
import { compare, judge, LOG_DIFFERENCES, type Observation } from './differences.ts'
import { LOG_REQUESTS } from './log-requests.ts'
import { Peer } from './peers.ts'
import { SITE, settle } from './site.ts'

/** The same page with each status, so that sizes can be compared. */
const PAGES = [400, 403, 404, 405, 412, 413, 414, 416, 417, 431, 501, 505].map(
  status => `ErrorDocument ${status} "No"`,
)

/** What must be a number, and is each server's own. */
const NUMBERS = [
  ...['%D', '%O', '%S', '%p', '%{canonical}p', '%{local}p', '%{remote}p', '%P', '%{pid}P'],
  ...['%T', '%{ms}T', '%{us}T', '%{s}T'],
]

/** Items of a LogFormat, each of which is compared by itself. */
const ITEMS = [
  ...NUMBERS,
  ...['%t', '%{%d.%m.%Y}t', '%a', '%{c}a', '%A', '%h', '%{c}h', '%l', '%u', '%v', '%V'],
  ...['%r', '%m', '%U', '%q', '%H', '%f', '%I', '%k', '%X'],
  ...['%s', '%<s', '%>s', '%b', '%B'],
  ...['%{Host}i', '%{referer}i', '%{User-Agent}i', '%{X-Twice}i', '%{Authorization}i'],
  ...['%{Content-Type}o', '%{content-length}o', '%{Content-Range}o', '%{Last-Modified}o', '%{Absent}o'],
  ...['%200m', '%200,304{User-Agent}i', '%!200,304{User-Agent}i', '%400,404s', '%!400>s', '%206{Range}i'],
]

/** What is told of time, environment and formats alone: the same for any request, so one is enough. */
const GENERAL = [
  ...[...'aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%'].map(letter => `%{%${letter}}t`),
  ...['%{%Y-%m-%dT%H:%M:%S%z}t', '%{%EY %Od}t', '%{sec}t', '%{begin:sec}t', '%{end:%H:%M:%S}t'],
  ...['%{GREETING}e', '%{ABSENT}e', '%%', "'", '\\"', '\\\\\\\\', '\\a'],
]

/** Logs by name, with their formats as they stand in the configuration. */
const FORMATS: Readonly<Record<string, string>> = {
  items: ITEMS.join('\\t'),
  general: GENERAL.join('\\t'),
  common: '%h %l %u %t \\"%r\\" %>s %b',
  combined: '%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\"',
  vhost_combined: '%v:%p %h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"',
}

const CONFIGURATION = [
  ...PAGES,
  ...Object.entries(FORMATS).flatMap(([name, format]) => [
    `LogFormat "${format}" ${name}`,
    `CustomLog var/log/${name}.log ${name}`,
  ]),
]
const APACHE_ONLY = [
  'PassEnv GREETING',
  'TraceEnable Off',
  'AddType text/plain .txt',
  'AddType text/html .html',
  'AddType application/octet-stream .bin',
]

/** A time zone that is none of the usual ones, and what the servers are to log of their environment. */
const environment = { TZ: 'Asia/Kathmandu', GREETING: 'gr\u00fc\u00dfe "\\' }

const daemon = await Daemon.start({ config: CONFIGURATION, files: SITE, environment })
after(() => daemon[Symbol.asyncDispose]())
const root = daemon.folder.resolve('var/www')
settle(root)
const apache = await Peer.apache(root, [...CONFIGURATION, ...APACHE_ONLY], environment)
after(() => apache[Symbol.asyncDispose]())

/** Sends the same to both servers, and waits until both are done with it. */
async function send(bytes: string): Promise<void> {
  await Promise.all(
    [daemon, apache].map(async ({ port }) => {
      using client = await Client.connect(port)
      client.send(bytes)
      client.endSending()
      await client.untilClosed()
    }),
  )
}

/** Tells what each request has left in the logs from what the next one has. */
const MARK = '/mark'

for (const bytes of Object.values(LOG_REQUESTS)) {
  await send(bytes)
  await send(get(MARK, 'Connection: close'))
}

/** The lines of a log, those of each request by themselves. */
function linesByRequest(server: Daemon | Peer, log: string): string[][] {
  const requests: string[][] = [[]]
  for (const line of server.folder.read(`var/log/${log}.log`).split('\n')) {
    if (line.includes(MARK)) requests.push([])
    else requests.at(-1)?.push(line)
  }
  return requests
}

const marked = Object.keys(FORMATS).filter(log => log !== 'general')
await until(
  () => marked.every(log => linesByRequest(daemon, log).length > Object.keys(LOG_REQUESTS).length),
  'a line for every request',
)

/** What a line of the log `items` says, without what is each server's own. */
function observe(line: string, request: string): Observation {
  const values = new Map(line.split('\t').map((value, index) => [ITEMS[index] ?? 'more', shorten(value)]))
  for (const item of NUMBERS) {
    if (/^\d+$/.test(values.get(item) ?? '')) values.set(item, 'number')
  }
  if (Number(values.get('%>s')) >= 400) {
    values.set('%I', Number(values.get('%I')) === request.length ? 'all bytes' : 'fewer bytes')
  }
  values.set('%t', withoutTime(values.get('%t') ?? ''))
  return new Map([['answer', values.get('%>s') ?? 'none'], ...values])
}

function shorten(value: string): string {
  const text = value.replace(root, '')
  return text.length < 60 ? text : `${text.slice(0, 20)}…, ${text.length} bytes`
}

function withoutTime(text: string): string {
  return text.replace(/(?<=\[\d\d\/[A-Z][a-z]{2}\/\d{4}):\d\d:\d\d:\d\d(?= \+0545\])/, ' time')
}

/** Of two requests on one connection. */
const SECOND = ', the second'

const sightings = Object.entries(LOG_REQUESTS).flatMap(([name, bytes], index) => {
  const [ours = [], theirs = []] = [daemon, apache].map(server => linesByRequest(server, 'items')[index])
  return Array.from({ length: Math.max(ours.length, theirs.length) }).flatMap((_, place) => {
    const request = place === 0 ? name : name + SECOND
    return compare(request, observe(ours[place] ?? '', bytes), 'apache', observe(theirs[place] ?? '', bytes))
  })
})

test('Each item of the access log is what Apache logs, or docs/http.md says why not', () => {
  const complaints = judge(sightings, LOG_DIFFERENCES)
  assert.equal(complaints.length, 0, complaints.join('\n'))
})

/** A line without what is each server's own: the time of day, and in vhost_combined the port and the size. */
function withoutOwn(line: string): string {
  return withoutTime(line)
    .replace(/^(www\.example\.com):\d+ /, '$1:port ')
    .replace(/^(\S+:port .*" \d{3}) \d+ "/, '$1 size "')
}

for (const log of ['common', 'combined', 'vhost_combined']) {
  test(`A ${log} line is what Apache logs, whatever the client sends`, () => {
    const ours = linesByRequest(daemon, log)
    const theirs = linesByRequest(apache, log)
    for (const [index, name] of Object.keys(LOG_REQUESTS).entries()) {
      if (sightings.some(({ request }) => request.replace(SECOND, '') === name)) continue
      assert.deepEqual(ours[index]?.map(withoutOwn), theirs[index]?.map(withoutOwn), name)
    }
  })
}

test('Time, environment and text of a format are what Apache logs', async () => {
  // So that no second passes between the two.
  await until(() => Date.now() % 1000 < 300, 'the beginning of a second')
  const before = daemon.folder.read('var/log/general.log').split('\n').length
  await send(get('/text.txt', 'Connection: close'))
  await daemon.logLines('var/log/general.log', before)
  const [ours, theirs] = [daemon, apache].map(({ folder }) =>
    folder.read('var/log/general.log').split('\n').at(-2)?.split('\t'),
  )
  assert.deepEqual(ours, theirs)
})
