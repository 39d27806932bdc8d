import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { inZone } from '../../test/support/log.ts'
import { BUILT_IN_LOG_FORMATS, parseLogFormat } from '../config/values/log-format.ts'
import type { AccessLogEntry } from './access-log-entry.ts'
import { compileLogFormat } from './log-format.ts'

interface Given extends Partial<Omit<AccessLogEntry, 'requestField' | 'responseField'>> {
  readonly requestFields?: Readonly<Record<string, string>>
  readonly responseFields?: Readonly<Record<string, string>>
}

function entryOf({ requestFields = {}, responseFields = {}, ...given }: Given = {}): AccessLogEntry {
  return {
    cacheKey: undefined,
    remoteAddress: '127.0.0.1',
    remotePort: 56056,
    connectionAddress: '127.0.0.1',
    localAddress: '127.0.0.1',
    localPort: 80,
    user: undefined,
    requestLine: 'GET / HTTP/1.1',
    method: 'GET',
    path: '/index.html',
    query: '',
    protocol: 'HTTP/1.1',
    requestField: name => requestFields[name],
    status: 200,
    responseField: name => responseFields[name],
    filename: '/srv/www/index.html',
    serverName: 'www.example.org',
    hostAsked: 'www.example.org',
    bytesReceived: 60,
    bytesSent: 225,
    bodyBytesSent: 6,
    arrivedAt: 1_795_378_938_741,
    duration: 446,
    wait: 0,
    turns: 1,
    keepAliveRequests: 0,
    connection: 'close',
    ...given,
  }
}

function render(format: string, given: Given = {}): string {
  const parsed = parseLogFormat(format)
  if (parsed.kind === 'mistake') throw new Error(parsed.message)
  return compileLogFormat(parsed)(entryOf(given))
}

function renderBuiltIn(name: string, given: Given = {}): string {
  const format = BUILT_IN_LOG_FORMATS.get(name)
  assert.ok(format)
  return compileLogFormat(format)(entryOf(given))
}

/** Every byte that a field of a request may hold, from the quote on. */
const FIELD_BYTES = Array.from({ length: 256 - 0x22 }, (_, index) => String.fromCharCode(0x22 + index))
  .join('')
  .replace('\x7f', '')

// The lines are what Apache 2.4.71 wrote for these requests in the zone Europe/Berlin. Only its document root and
// the moment of all but the first were put to ours.
const APACHE_COMBINED: readonly (readonly [Given, string])[] = [
  [{}, '127.0.0.1 - - [22/Nov/2026:21:22:18 +0100] "GET / HTTP/1.1" 200 6 "-" "-"'],
  [
    {
      requestLine: 'GET /?a=b"c HTTP/1.1',
      query: '?a=b"c',
      requestFields: { referer: 'http://x/"q\\uote"', 'user-agent': 'tab\there \x80\xff\xe4 \\n' },
    },
    '127.0.0.1 - - [22/Nov/2026:21:22:18 +0100] "GET /?a=b\\"c HTTP/1.1" 200 6 "http://x/\\"q\\\\uote\\"" "tab\\there \\x80\\xff\\xe4 \\\\n"',
  ],
  [
    {
      requestLine: 'GET /a%20b%22%5c%0a%ff.html?q=%22 HTTP/1.1',
      status: 404,
      bodyBytesSent: 236,
      requestFields: { referer: '', 'user-agent': '' },
    },
    '127.0.0.1 - - [22/Nov/2026:21:22:18 +0100] "GET /a%20b%22%5c%0a%ff.html?q=%22 HTTP/1.1" 404 236 "" ""',
  ],
  [
    { requestLine: 'GET /empty.txt HTTP/1.1', bodyBytesSent: 0 },
    '127.0.0.1 - - [22/Nov/2026:21:22:18 +0100] "GET /empty.txt HTTP/1.1" 200 - "-" "-"',
  ],
  [
    { requestFields: { 'user-agent': FIELD_BYTES } },
    '127.0.0.1 - - [22/Nov/2026:21:22:18 +0100] "GET / HTTP/1.1" 200 6 "-" "\\"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\\x80\\x81\\x82\\x83\\x84\\x85\\x86\\x87\\x88\\x89\\x8a\\x8b\\x8c\\x8d\\x8e\\x8f\\x90\\x91\\x92\\x93\\x94\\x95\\x96\\x97\\x98\\x99\\x9a\\x9b\\x9c\\x9d\\x9e\\x9f\\xa0\\xa1\\xa2\\xa3\\xa4\\xa5\\xa6\\xa7\\xa8\\xa9\\xaa\\xab\\xac\\xad\\xae\\xaf\\xb0\\xb1\\xb2\\xb3\\xb4\\xb5\\xb6\\xb7\\xb8\\xb9\\xba\\xbb\\xbc\\xbd\\xbe\\xbf\\xc0\\xc1\\xc2\\xc3\\xc4\\xc5\\xc6\\xc7\\xc8\\xc9\\xca\\xcb\\xcc\\xcd\\xce\\xcf\\xd0\\xd1\\xd2\\xd3\\xd4\\xd5\\xd6\\xd7\\xd8\\xd9\\xda\\xdb\\xdc\\xdd\\xde\\xdf\\xe0\\xe1\\xe2\\xe3\\xe4\\xe5\\xe6\\xe7\\xe8\\xe9\\xea\\xeb\\xec\\xed\\xee\\xef\\xf0\\xf1\\xf2\\xf3\\xf4\\xf5\\xf6\\xf7\\xf8\\xf9\\xfa\\xfb\\xfc\\xfd\\xfe\\xff"',
  ],
  [
    { requestLine: 'GET /\x01\x7f HTTP/1.1', status: 400, bodyBytesSent: 266 },
    '127.0.0.1 - - [22/Nov/2026:21:22:18 +0100] "GET /\\x01\\x7f HTTP/1.1" 400 266 "-" "-"',
  ],
  [
    { requestLine: 'GE"T / HTTP/1.1', status: 400, bodyBytesSent: 266 },
    '127.0.0.1 - - [22/Nov/2026:21:22:18 +0100] "GE\\"T / HTTP/1.1" 400 266 "-" "-"',
  ],
  [
    { requestLine: '', status: 408, bodyBytesSent: 0 },
    '127.0.0.1 - - [22/Nov/2026:21:22:18 +0100] "-" 408 - "-" "-"',
  ],
]

const ALL_ITEMS =
  'a=%a|A=%A|B=%B|b=%b|e=%{NOPE}e|f=%f|h=%h|H=%H|k=%k|l=%l|m=%m|o=%{Content-Type}o|none=%{X-None}o|O=%O|I=%I|S=%S|p=%p|pr=%{remote}p|q=%q|r=%r|s=%s|>s=%>s|T=%T|u=%u|U=%U|v=%v|V=%V|X=%X|pct=%%|only=%404,400{Referer}i|not=%!200{Referer}i|ref=%{referer}i|h!=%!200h'

const APACHE_ALL_ITEMS: readonly (readonly [Given, string])[] = [
  [
    {},
    'a=127.0.0.1|A=127.0.0.1|B=6|b=6|e=-|f=/srv/www/index.html|h=127.0.0.1|H=HTTP/1.1|k=0|l=-|m=GET|o=-|none=-|O=225|I=60|S=285|p=80|pr=56056|q=|r=GET / HTTP/1.1|s=200|>s=200|T=0|u=-|U=/index.html|v=www.example.org|V=www.example.org|X=-|pct=%|only=-|not=-|ref=-|h!=-',
  ],
  [
    {
      filename: '/srv/www/a b"\\\n\xff.html',
      path: '/a b"\\\n\xff.html',
      query: '?q=%22',
      requestLine: 'GET /a%20b%22%5c%0a%ff.html?q=%22 HTTP/1.1',
      requestFields: { referer: '', 'user-agent': '' },
      responseFields: { 'content-type': 'text/html; charset=utf-8' },
      status: 404,
      bodyBytesSent: 236,
      bytesSent: 416,
      bytesReceived: 113,
      remotePort: 56064,
    },
    'a=127.0.0.1|A=127.0.0.1|B=236|b=236|e=-|f=/srv/www/a b\\"\\\\\\n\\xff.html|h=127.0.0.1|H=HTTP/1.1|k=0|l=-|m=GET|o=text/html|none=-|O=416|I=113|S=529|p=80|pr=56064|q=?q=%22|r=GET /a%20b%22%5c%0a%ff.html?q=%22 HTTP/1.1|s=404|>s=404|T=0|u=-|U=/a b\\"\\\\\\n\\xff.html|v=www.example.org|V=www.example.org|X=-|pct=%|only=|not=|ref=|h!=127.0.0.1',
  ],
  [
    {
      filename: undefined,
      path: undefined,
      method: undefined,
      requestLine: '',
      protocol: 'HTTP/1.0',
      status: 408,
      bodyBytesSent: 0,
      bytesSent: 0,
      bytesReceived: 4,
      remotePort: 56160,
    },
    'a=127.0.0.1|A=127.0.0.1|B=0|b=-|e=-|f=-|h=127.0.0.1|H=HTTP/1.0|k=0|l=-|m=-|o=-|none=-|O=0|I=4|S=4|p=80|pr=56160|q=|r=-|s=408|>s=408|T=0|u=-|U=-|v=www.example.org|V=www.example.org|X=-|pct=%|only=-|not=-|ref=-|h!=127.0.0.1',
  ],
  [
    {
      requestLine: 'GET /? HTTP/1.0',
      query: '?',
      protocol: 'HTTP/1.0',
      bytesReceived: 19,
      bytesSent: 225,
      remotePort: 56092,
    },
    'a=127.0.0.1|A=127.0.0.1|B=6|b=6|e=-|f=/srv/www/index.html|h=127.0.0.1|H=HTTP/1.0|k=0|l=-|m=GET|o=-|none=-|O=225|I=19|S=244|p=80|pr=56092|q=?|r=GET /? HTTP/1.0|s=200|>s=200|T=0|u=-|U=/index.html|v=www.example.org|V=www.example.org|X=-|pct=%|only=-|not=-|ref=-|h!=-',
  ],
  [
    { hostAsked: '[::1]', connection: 'keep-alive', bytesSent: 206, bytesReceived: 27, remotePort: 49716 },
    'a=127.0.0.1|A=127.0.0.1|B=6|b=6|e=-|f=/srv/www/index.html|h=127.0.0.1|H=HTTP/1.1|k=0|l=-|m=GET|o=-|none=-|O=206|I=27|S=233|p=80|pr=49716|q=|r=GET / HTTP/1.1|s=200|>s=200|T=0|u=-|U=/index.html|v=www.example.org|V=::1|X=+|pct=%|only=-|not=-|ref=-|h!=-',
  ],
]

const TIMES =
  '%t|%{sec}t|%{msec}t|%{msec_frac}t|%{begin:sec}t|%{end:msec}t|%{%Y-%m-%d %H:%M:%S %z %Z}t|%{begin:%F %T}t|%{}t|%{s}T|%{ms}T|%{us}T|%D'
const APACHE_TIMES =
  '[22/Nov/2026:21:22:18 +0100]|1795378938|1795378938741|741|1795378938|1795378938742|2026-11-22 21:22:18 +0100 CET|2026-11-22 21:22:18|[22/Nov/2026:21:22:18 +0100]|0|0|446|446'

test('writes combined lines as Apache does, byte for byte', t => {
  inZone(t, 'Europe/Berlin')
  for (const [given, line] of APACHE_COMBINED) assert.equal(renderBuiltIn('combined', given), line)
})

test('writes every item as Apache does', () => {
  for (const [given, line] of APACHE_ALL_ITEMS) assert.equal(render(ALL_ITEMS, given), line)
})

test('writes times and durations as Apache does', t => {
  inZone(t, 'Europe/Berlin')
  assert.equal(render(TIMES, { arrivedAt: 1_795_378_938_741.98 }), APACHE_TIMES)
})

test('writes microseconds, and the fractions of a second in as many digits as they have', () => {
  const arrivedAt = 1_795_378_938_007.25
  const format = '%{usec}t|%{usec_frac}t|%{msec_frac}t|%{end:usec_frac}t'
  assert.equal(render(format, { arrivedAt, duration: 4000 }), '1795378938007250|007250|007|011250')
  assert.equal(render('%{usec_frac}t|%{msec_frac}t', { arrivedAt: 1_795_378_938_000 }), '000000|000')
})

test('names the control bytes that have a name and numbers the others', () => {
  const controls = Array.from({ length: 32 }, (_, byte) => String.fromCharCode(byte)).join('')
  assert.equal(
    render('%{a}i', { requestFields: { a: `${controls}\x7f` } }),
    '\\x00\\x01\\x02\\x03\\x04\\x05\\x06\\x07\\b\\t\\n\\v\\x0c\\r\\x0e\\x0f\\x10\\x11\\x12\\x13\\x14\\x15\\x16\\x17\\x18\\x19\\x1a\\x1b\\x1c\\x1d\\x1e\\x1f\\x7f',
  )
})

test('lets no value break a line, close a quote or hide a byte', () => {
  const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map(byte => String.fromCharCode(byte)) })
  const items = ['%f', '%H', '%{a}i', '%m', '%{a}o', '%q', '%r', '%U', '%v', '%V']
  fc.assert(
    fc.property(bytes, fc.constantFrom(...items), (value, item) => {
      const rendered = render(item, {
        requestFields: { a: value },
        responseFields: { a: value },
        requestLine: value,
        method: value,
        path: value,
        query: value,
        protocol: value,
        filename: value,
        serverName: value,
        hostAsked: value,
      })
      assert.match(rendered, /^(?:[ !#-[\]-~]|\\["\\btnvr]|\\x[0-9a-f]{2})*$/)
      if (rendered !== '-') assert.equal(readBack(rendered), value)
    }),
  )
})

/** Reads a value back as a log analyser would. */
function readBack(rendered: string): string {
  const named: Record<string, string> = { b: '\b', t: '\t', n: '\n', v: '\v', r: '\r' }
  return rendered.replaceAll(/\\(?:x(..)|(.))/g, (_, byte: string | undefined, name: string) =>
    byte === undefined ? (named[name] ?? name) : String.fromCharCode(Number.parseInt(byte, 16)),
  )
}

for (const [zone, change, before, after] of [
  ['Europe/Berlin', Date.UTC(2026, 9, 25, 1), '25/Oct/2026:02:59:59 +0200', '25/Oct/2026:02:00:00 +0100'],
  ['Europe/Berlin', Date.UTC(2026, 2, 29, 1), '29/Mar/2026:01:59:59 +0100', '29/Mar/2026:03:00:00 +0200'],
  [
    'Australia/Lord_Howe',
    Date.UTC(2026, 3, 4, 15),
    '05/Apr/2026:01:59:59 +1100',
    '05/Apr/2026:01:30:00 +1030',
  ],
  [
    'Australia/Lord_Howe',
    Date.UTC(2026, 9, 3, 15, 30),
    '04/Oct/2026:01:59:59 +1030',
    '04/Oct/2026:02:30:00 +1100',
  ],
] as const) {
  test(`changes the offset with summer time in ${zone} on ${after}, from one line to the next`, t => {
    inZone(t, zone)
    const format = parseLogFormat('%t')
    if (format.kind === 'mistake') throw new Error(format.message)
    const line = compileLogFormat(format)
    const at = (arrivedAt: number) => line(entryOf({ arrivedAt }))
    assert.equal(at(change - 1), `[${before}]`)
    assert.equal(at(change), `[${after}]`)
    assert.equal(at(change - 1), `[${before}]`)
  })
}

test('writes English months and half hours in every zone', t => {
  inZone(t, 'Asia/Kolkata')
  assert.equal(render('%t', { arrivedAt: Date.UTC(2026, 11, 31, 20) }), '[01/Jan/2027:01:30:00 +0530]')
  inZone(t, 'America/St_Johns')
  assert.equal(render('%t', { arrivedAt: Date.UTC(2026, 4, 1) }), '[30/Apr/2026:21:30:00 -0230]')
})

test('writes what Apache has no item for', () => {
  assert.equal(render('%{wait}x %{turns}x %X', { wait: 1234.5, turns: 3, connection: 'aborted' }), '1234 3 X')
})

test('writes the environment and the process', () => {
  process.env['WEBSERVER_TEST'] = 'ä"'
  assert.equal(render('%{WEBSERVER_TEST}e'), '\\xc3\\xa4\\"')
  delete process.env['WEBSERVER_TEST']
  assert.equal(render('%P %{pid}P %{hextid}P'), `${process.pid} ${process.pid} ${process.pid.toString(16)}`)
})

test('takes words that mean something to JavaScript for what they are', t => {
  inZone(t, 'UTC')
  assert.equal(render('%{constructor}t %{__proto__}t'), 'constructor __proto__')
})

test('writes one JSON object a line, with every field', () => {
  assert.deepEqual(
    JSON.parse(
      renderBuiltIn('json', {
        requestLine: 'GET /sch%C3%B6n?a=1 HTTP/1.1',
        path: '/sch\xc3\xb6n',
        query: '?a=1',
        requestFields: { referer: '\xff raw', 'user-agent': 'curl "8"' },
        wait: 12.5,
        turns: 2,
      }),
    ),
    {
      time: '2026-11-22T20:22:18.741Z',
      remote: '127.0.0.1',
      host: 'www.example.org',
      request: 'GET /sch%C3%B6n?a=1 HTTP/1.1',
      method: 'GET',
      path: '/schön',
      query: 'a=1',
      protocol: 'HTTP/1.1',
      status: 200,
      bytes: 6,
      bytes_received: 60,
      bytes_sent: 225,
      duration_us: 446,
      wait_us: 12,
      turns: 2,
      connection: 'close',
      referer: 'ÿ raw',
      user_agent: 'curl "8"',
    },
  )
  const nothing = JSON.parse(renderBuiltIn('json', { requestLine: '', method: undefined, path: undefined }))
  assert.deepEqual([nothing.request, nothing.method, nothing.path, nothing.query], [null, null, null, null])
})

test('writes valid JSON in one line of ASCII whatever the bytes', () => {
  const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map(byte => String.fromCharCode(byte)) })
  fc.assert(
    fc.property(bytes, value => {
      const line = renderBuiltIn('json', {
        requestLine: value,
        path: value,
        requestFields: { referer: value },
      })
      assert.match(line, /^[\x20-\x7e]+$/)
      JSON.parse(line)
    }),
  )
})

test('a line is the same whether or not it is known that there were others like it', () => {
  const format = `→ ${'aAbBDfhHIklmOpPqrsStTuUvVX'.replaceAll(/./g, '%$& ')}%{Referer}i %{Date}o %{wait}x %404U %!404U`
  const parsed = parseLogFormat(format)
  assert.ok(parsed.kind !== 'mistake')
  const rendered = compileLogFormat(parsed)
  const cacheKey = {}
  const first: Given = {
    requestFields: { referer: 'http://www.example.org/"' },
    responseFields: { date: 'Sun' },
  }
  const others: Given[] = [
    { ...first, cacheKey },
    {
      ...first,
      ...{
        cacheKey,
        remoteAddress: '::1',
        remotePort: 1,
        connectionAddress: '::1',
        localAddress: '::1',
        localPort: 2,
        keepAliveRequests: 7,
      },
      ...{ arrivedAt: 1_795_378_999_000, duration: 2_000_000, wait: 12, turns: 3, connection: 'keep-alive' },
      ...{ bytesSent: 249, responseFields: { date: 'Mon' } },
    },
    { ...first, cacheKey: {}, status: 404, path: '/absent', bodyBytesSent: 0 },
  ]
  for (const given of others) {
    assert.equal(rendered(entryOf(given)), rendered(entryOf({ ...given, cacheKey: undefined })))
  }
})
