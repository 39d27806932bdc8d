import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { get, request } from './support/client.ts'
import { Daemon } from './support/daemon.ts'

const daemon = await Daemon.start({
  config: ['CustomLog var/log/access.log "%r|%>s|%X"'],
  files: { 'index.html': '<h1>Home</h1>', 'bare/file.txt': '' },
})
after(() => daemon[Symbol.asyncDispose]())

const PHRASES: Record<number, string> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  505: 'HTTP Version Not Supported',
}

interface Refused {
  /** What is sent, a character a byte. */
  readonly bytes: string
  readonly status: number
  /** The request line as it stands in the log. */
  readonly line: string
  readonly allow?: string
}

/** Whatever is wrong with a request, the client gets a page about it, and the log one line. */
function refuses(name: string, connection: 'closes' | 'goes on', refused: Refused): void {
  const { bytes, status, line, allow } = refused
  test(`${name}: ${status}, and the connection ${connection}`, async () => {
    const before = await daemon.accessLog(0)
    using client = await daemon.connect()
    client.send(bytes)

    const response = await client.response()
    assert.equal(response.head.split('\r\n')[0], `HTTP/1.1 ${status} ${PHRASES[status]}`)
    assert.equal(response.fields.get('content-type'), 'text/html; charset=utf-8')
    assert.equal(response.fields.get('allow'), allow)
    assert.ok(response.body.includes(`<title>${status} ${PHRASES[status]}</title>`))

    const [log] = (await daemon.accessLog(before.length + 1)).slice(before.length)
    if (connection === 'closes') {
      assert.equal(response.fields.get('connection'), 'close')
      assert.deepEqual(await client.untilClosed(), { bytes: Buffer.alloc(0), end: 'closed' })
      assert.equal(log, `${line}|${status}|-`)
    } else {
      assert.equal(response.fields.get('connection'), undefined)
      assert.equal(log, `${line}|${status}|+`)
      client.send(get('/'))
      assert.equal((await client.response()).body.toString(), '<h1>Home</h1>')
      await daemon.accessLog(before.length + 2)
    }
  })
}

/** A request whose head is refused. */
function malformed(name: string, bytes: string, line = 'GET / HTTP/1.1', status = 400): void {
  refuses(name, 'closes', { bytes, status, line })
}

const LINE = 'GET / HTTP/1.1\r\n'

describe('What is no HTTP', () => {
  malformed('TLS', '\x16\x03\x01\x02\x00\x01\x00', '\\x16\\x03\\x01\\x02\\x00\\x01\\x00')
  malformed('a line of something else', '"Hello"\\\r\n', '\\"Hello\\"\\\\')
  malformed('UTF-8', 'GRÜSS GOTT\r\n', 'GR\\xdcSS GOTT')
  malformed('lines that end in LF alone', 'GET / HTTP/1.1\nHost: a\n\n')
  malformed('a request line of HTTP/0.9', 'GET /\r\n\r\n', 'GET /')
  malformed('blanks where none belong', 'GET  / HTTP/1.1\r\n\r\n', 'GET  / HTTP/1.1')
  malformed('a target with blanks', 'GET /a b HTTP/1.1\r\n\r\n', 'GET /a b HTTP/1.1')
  malformed('a version in lower case', 'GET / http/1.1\r\n\r\n', 'GET / http/1.1')
  malformed('a target in Latin-1', 'GET /gr\xfc\xdfe HTTP/1.1\r\n\r\n', 'GET /gr\\xfc\\xdfe HTTP/1.1')
  malformed('a target with a fragment', request('GET /#a HTTP/1.1'), 'GET /#a HTTP/1.1')
  malformed('a target that is no path', request('GET index.html HTTP/1.1'), 'GET index.html HTTP/1.1')
  malformed('a GET of *', request('GET * HTTP/1.1'), 'GET * HTTP/1.1')
  malformed('a field without a colon', `${LINE}Host: a\r\nField\r\n\r\n`)
  malformed('a field without a name', `${LINE}Host: a\r\n: value\r\n\r\n`)
  malformed('a blank before the colon', `${LINE}Host: a\r\nField : value\r\n\r\n`)
  malformed('a field that goes on in the next line', `${LINE}Host: a\r\nField: value\r\n more\r\n\r\n`)
  malformed('a field with a NUL', `${LINE}Host: a\r\nField: a\0b\r\n\r\n`)
  malformed('a field with a CR', `${LINE}Host: a\r\nField: a\rb\r\n\r\n`)
})

describe('A request that other servers may take for another', () => {
  malformed('without Host', `${LINE}\r\n`)
  malformed('with two Hosts', `${LINE}Host: a\r\nHost: a\r\n\r\n`)
  malformed('with a Host that is none', `${LINE}Host: a/b\r\n\r\n`)
  malformed('with two lengths', `${LINE}Host: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n`)
  malformed('with a list of lengths', `${LINE}Host: a\r\nContent-Length: 5, 5\r\n\r\n`)
  malformed('with a signed length', `${LINE}Host: a\r\nContent-Length: +5\r\n\r\n`)
  malformed(
    'with a length and chunks',
    `${LINE}Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
  )
  malformed(
    'with chunks in HTTP/1.0',
    'GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'GET / HTTP/1.0',
  )
  malformed(
    'with a chunk that does not end where it should',
    `${request('GET / HTTP/1.1', 'Transfer-Encoding: chunked')}3\r\nabcd\r\n0\r\n\r\n`,
  )
  malformed(
    'with a chunk of a negative size',
    `${request('GET / HTTP/1.1', 'Transfer-Encoding: chunked')}-1\r\nabc\r\n0\r\n\r\n`,
  )
  malformed(
    'with a coding of its body that is not known',
    request('GET / HTTP/1.1', 'Transfer-Encoding: gzip, chunked'),
    'GET / HTTP/1.1',
    501,
  )
})

describe('A request beyond the limits', () => {
  const long = 'a'.repeat(9000)
  malformed('with a long line', request(`GET /${long} HTTP/1.1`), `GET /${long}`.slice(0, 8190), 414)
  malformed('with a long line that does not end', `GET /${long}`, `GET /${long}`.slice(0, 8190), 414)
  malformed('with a long field', get('/', `Cookie: ${long}`), 'GET / HTTP/1.1', 431)
  malformed('with a long field that does not end', `${LINE}Host: a\r\nCookie: ${long}`, 'GET / HTTP/1.1', 431)
  malformed(
    'with too many fields',
    get('/', ...Array.from({ length: 100 }, (_, index) => `Field-${index}: value`)),
    'GET / HTTP/1.1',
    431,
  )
  malformed(
    'with long fields, one after another',
    get('/', ...Array.from({ length: 5 }, (_, index) => `Field-${index}: ${long.slice(0, 8000)}`)),
    'GET / HTTP/1.1',
    431,
  )
  malformed('with a long body', get('/', 'Content-Length: 1048577'), 'GET / HTTP/1.1', 413)
  malformed(
    'with a body of a senseless length',
    get('/', `Content-Length: ${'9'.repeat(30)}`),
    undefined,
    413,
  )
})

describe('A request for what this server does not do', () => {
  malformed('HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'PRI * HTTP/2.0', 505)
  malformed('an expectation', get('/', 'Expect: a-miracle'), 'GET / HTTP/1.1', 417)

  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE']) {
    refuses(method, 'goes on', {
      bytes: request(`${method} / HTTP/1.1`),
      status: 405,
      line: `${method} / HTTP/1.1`,
      allow: 'GET, HEAD, OPTIONS',
    })
  }
  refuses('CONNECT', 'goes on', {
    bytes: request('CONNECT www.example.com:443 HTTP/1.1'),
    status: 405,
    line: 'CONNECT www.example.com:443 HTTP/1.1',
    allow: 'GET, HEAD, OPTIONS',
  })
  for (const method of ['BREW', 'get', 'M-SEARCH']) {
    const line = `${method} / HTTP/1.1`
    refuses(method, 'goes on', { bytes: request(line), status: 501, line })
  }
})

describe('A request for what is not there', () => {
  refuses('a folder without an index', 'goes on', {
    bytes: get('/bare/'),
    status: 403,
    line: 'GET /bare/ HTTP/1.1',
  })
  refuses('a file that does not exist', 'goes on', {
    bytes: get('/"quoted"\\'),
    status: 404,
    line: 'GET /\\"quoted\\"\\\\ HTTP/1.1',
  })
  refuses('another version of a file', 'goes on', {
    bytes: get('/', 'If-Match: "another"'),
    status: 412,
    line: 'GET / HTTP/1.1',
  })
})

test('A refused HEAD gets no body', async () => {
  using client = await daemon.connect()
  client.send('HEAD / HTTP/1.1\r\n\r\n')
  const { status, fields } = await client.response('HEAD')
  assert.equal(status, 400)
  assert.notEqual(fields.get('content-length'), '0')
  assert.deepEqual(await client.untilClosed(), { bytes: Buffer.alloc(0), end: 'closed' })
})

test('What follows a malformed request is not taken for another', async () => {
  using client = await daemon.connect()
  client.send(`${LINE}\r\n${get('/')}`)
  assert.equal((await client.response()).status, 400)
  assert.deepEqual(await client.untilClosed(), { bytes: Buffer.alloc(0), end: 'closed' })
})

test('Empty lines before a request are forgiven', async () => {
  using client = await daemon.connect()
  client.send(`\r\n\r\n${get('/')}\r\n${get('/')}`)
  for (const content of ['<h1>Home</h1>', '<h1>Home</h1>']) {
    assert.equal((await client.response()).body.toString(), content)
  }
})
