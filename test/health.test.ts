import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { get, request } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { until } from './support/wait.ts'

const PATH = 'HealthPath /-/health'

async function isRefused(daemon: Daemon): Promise<boolean> {
  try {
    using _client = await daemon.connect()
    return false
  } catch {
    return true
  }
}

describe('HealthPath', () => {
  test('is answered before all redirects and rules, whatever host is named, and by GET, HEAD and OPTIONS', async () => {
    await using daemon = await Daemon.start({
      config: [
        PATH,
        'StrictHostCheck On',
        'Redirect / https://www.example.com/',
        '<Location />',
        'Require all denied',
        '</Location>',
      ],
    })
    for (const text of [
      get('/-/health'),
      get('/-/health?from=balancer'),
      'GET /-/health HTTP/1.0\r\n\r\n',
      'OPTIONS /-/health HTTP/1.0\r\n\r\n',
      'GET /-/health HTTP/1.1\r\nHost: 192.0.2.7\r\nConnection: close\r\n\r\n',
      request('OPTIONS /-/health HTTP/1.1'),
    ]) {
      const { status, body, fields } = await daemon.ask(text)
      assert.deepEqual([status, `${body}`], [200, 'ok\n'], text)
      assert.deepEqual([fields.get('content-type'), fields.get('cache-control')], ['text/plain', 'no-store'])
    }
    const head = await daemon.ask(request('HEAD /-/health HTTP/1.1'))
    assert.deepEqual([head.status, head.fields.get('content-length'), head.body.length], [200, '3', 0])
    for (const text of [get('/-/health/'), get('/-/healthy'), request('POST /-/health HTTP/1.1')])
      assert.equal((await daemon.ask(text)).status, 403, text)
    assert.equal((await daemon.ask('GET /-/health HTTP/1.1\r\n\r\n')).status, 400, 'HTTP/1.1 demands a Host')
  })

  test('stands in no log and is counted as no request, but takes its turn', async () => {
    await using daemon = await Daemon.start({ config: [PATH, 'LogLevel debug'], files: { 'a.txt': 'first' } })
    using client = await daemon.connect()
    client.send(get('/-/health') + get('/-/health') + get('/a.txt'))
    for (const body of ['ok\n', 'ok\n', 'first']) assert.equal(`${(await client.response()).body}`, body)
    const lines = await daemon.accessLog(1)
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /"GET \/a\.txt /)
    assert.doesNotMatch(await daemon.errorLog(), /health/)
    const { requests, turn } = await daemon.status()
    assert.equal(requests.total, 1)
    assert.equal(requests.byClass['2xx'], 1)
    assert.equal(turn.lastMinute.service?.count, 3)
  })

  test('stands in no log either when who asks has gone before there is an answer', async () => {
    await using daemon = await Daemon.start({ config: [PATH, 'MaxWait off'], files: { 'a.txt': 'first' } })
    daemon.folder.publishSparse('large', 64 * 1024 ** 2)
    using slow = await daemon.connect()
    slow.send(get('/large'))
    await slow.responseHead()
    using check = await daemon.connect()
    check.send(get('/-/health'))
    using visitor = await daemon.connect()
    visitor.send(get('/a.txt'))
    await daemon.untilStatus(({ turn }) => turn.waiting === 2, 'two to wait')
    for (const client of [check, visitor]) client.reset()
    await daemon.logged('"GET /a.txt HTTP/1.1" 499 ')
    slow.reset()
    await daemon.logged('/large')
    assert.equal((await daemon.accessLog(2)).length, 2)
    assert.equal((await daemon.status()).requests.total, 2)
  })

  test('is off by default, and off again after a reload that says so', async () => {
    await using daemon = await Daemon.start({ files: { '-/health': 'file' } })
    assert.equal(`${(await daemon.ask(get('/-/health'))).body}`, 'file')
    await daemon.reconfigure(PATH)
    assert.equal(
      `${(await daemon.ask(get('/-/health'))).body}`,
      'ok\n',
      'whatever is at that path, or is remembered',
    )
    await daemon.reconfigure('HealthPath off')
    assert.equal(`${(await daemon.ask(get('/-/health'))).body}`, 'file')
  })

  test('says that the server stops to whoever is still connected', async () => {
    await using daemon = await Daemon.start({ config: [PATH] })
    using client = await daemon.connect()
    // Its first request is under way when the server stops.
    client.send('GET /-/health HTTP/1.1\r\n')
    await daemon.untilStatus(({ connections }) => connections.open === 1, 'the connection')
    const stopped = daemon.stop()
    await until(() => isRefused(daemon), 'the end of listening')
    client.send('Host: balancer\r\n\r\n')
    const { status, body, fields } = await client.response()
    assert.deepEqual([status, `${body}`, fields.get('connection')], [503, 'stopping\n', 'close'])
    assert.equal(await stopped, 0)
  })
})
