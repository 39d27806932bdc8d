import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { get, request } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import type { Response } from './support/response.ts'
import { until } from './support/wait.ts'

const MANY = 20_000
/** Names that mean something to HTML, to URIs, to terminals or to nobody, as byte strings. */
const HOSTILE_NAMES = [
  '<script>alert(1)<img src=x onerror=alert(2)>',
  '"><b>bold.html',
  "it's & it isn't.txt",
  '&lt;.txt',
  'a?b#c.txt',
  '100%.txt',
  '%2e%2e%2f',
  'javascript:alert(1)',
  'C:',
  '  spaces  ',
  'line\r\nSet-Cookie: a=b',
  'bell\x07 and escape\x1b[31m',
  'back\\slash',
  'latin1 caf\xe9',
  '\xff\xfe\x80',
  Buffer.from('日本語 مرحبا 😀').toString('latin1'),
  Buffer.from('photo\u202egpj.exe').toString('latin1'),
  'x'.repeat(255),
]

interface Entry {
  readonly name: string
  readonly type: string
  readonly size?: number
  readonly modified: string
}

const CONFIG = [
  'Options +Indexes',
  'MaxKeepAliveRequests 0',
  'CustomLog var/log/access.log "%U %>s %{turns}x %X"',
  'CustomLog var/log/files.log "%X %>s %f"',
]

let daemon: Daemon

before(async () => {
  daemon = await Daemon.start({
    config: CONFIG,
    files: {
      'small.txt': 'small',
      'docs/a.txt': 'a',
      'docs/b.txt': 'bbb',
      'docs/c10.txt': '',
      'docs/c9.txt': '',
    },
  })
  const many = publicPath('many')
  mkdirSync(many)
  for (let index = 0; index < MANY; index++) writeFileSync(`${many}/file-${index}`, '')
})
after(() => daemon[Symbol.asyncDispose]())

function publicPath(name: string): string {
  return daemon.folder.resolve(`var/www/${name}`)
}

async function list(path: string): Promise<Entry[]> {
  const response = await daemon.ask(get(path))
  assert.equal(response.status, 200, path)
  assert.equal(response.fields.get('content-type'), 'application/json')
  return JSON.parse(response.body.toString())
}

/** The links of a page, as they stand in the address bar. */
function linksIn(page: Response, path: string): string[] {
  const links = [...page.body.toString().matchAll(/<td><a href="([^"]*)">/g)].map(([, link = '']) =>
    link.replaceAll('&#39;', "'").replaceAll('&amp;', '&'),
  )
  return links.map(link => new URL(link, `http://www.example.com${path}`).pathname)
}

/** How many descriptors the server has, besides that of its root, which it holds for a while. */
function openFiles(): number {
  const root = daemon.folder.resolve('var/www')
  return daemon.openFiles().filter(path => path !== root).length
}

describe('A folder without an index', () => {
  test('is listed for people, and the page needs nothing else', async () => {
    const page = await daemon.ask(get('/docs/'))
    assert.equal(page.status, 200)
    assert.deepEqual(linksIn(page, '/docs/'), ['/docs/a.txt', '/docs/b.txt', '/docs/c9.txt', '/docs/c10.txt'])
    assert.equal(page.fields.get('content-type'), 'text/html; charset=utf-8')
    assert.equal(page.fields.get('x-content-type-options'), 'nosniff')
    assert.equal(page.fields.get('cache-control'), 'no-cache')
    assert.match(page.fields.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'sha256-/)
  })

  test('is listed for programs', async () => {
    const modified = new Date('1994-11-06T08:49:37Z')
    utimesSync(publicPath('docs/b.txt'), modified, modified)
    const [entry] = (await list('/docs/?format=json')).filter(({ name }) => name === 'b.txt')
    assert.deepEqual(entry, { name: 'b.txt', type: 'file', size: 3, modified: '1994-11-06T08:49:37.000Z' })
  })

  test('is listed in the order asked for, and by name in one that is unknown', async () => {
    const names = async (query: string) => (await list(`/docs/?format=json${query}`)).map(({ name }) => name)
    assert.deepEqual(await names('&sort=size&order=descending'), ['b.txt', 'a.txt', 'c9.txt', 'c10.txt'])
    assert.deepEqual(await names('&order=descending'), ['c10.txt', 'c9.txt', 'b.txt', 'a.txt'])
    assert.deepEqual((await names('&sort=modified'))[0], 'b.txt')
    assert.deepEqual(await names('&sort=colour&order=2'), ['a.txt', 'b.txt', 'c9.txt', 'c10.txt'])
  })

  test('has the same fields for HEAD as for GET', async () => {
    for (const path of ['/docs/', '/docs/?format=json']) {
      const [forGet, forHead] = [
        await daemon.ask(get(path, 'Accept-Encoding: gzip')),
        await daemon.ask(request(`HEAD ${path} HTTP/1.1`, 'Accept-Encoding: gzip')),
      ]
      const fields = ({ fields: all }: Response) => [...all].filter(([name]) => name !== 'date')
      assert.deepEqual(fields(forHead), fields(forGet))
      assert.equal(forHead.body.length, 0)
    }
  })

  test('is packed for whoever accepts gzip, unless Compress is Off', async () => {
    const ask = async (path: string, ...fields: string[]) => {
      const response = await daemon.ask(get(path, ...fields))
      const [coding, vary] = ['content-encoding', 'vary'].map(name => response.fields.get(name))
      return { coding, vary, body: response.body }
    }
    for (const path of ['/docs/', '/docs/?format=json', '/many/']) {
      const plain = await ask(path)
      assert.deepEqual([plain.coding, plain.vary], [undefined, 'Accept-Encoding'])
      for (const accepted of ['gzip, deflate, br, zstd', 'br, gzip;q=0.5', '*']) {
        const packed = await ask(path, `Accept-Encoding: ${accepted}`)
        assert.deepEqual([packed.coding, packed.vary], ['gzip', 'Accept-Encoding'], accepted)
        assert.ok(gunzipSync(packed.body).equals(plain.body), path)
      }
      for (const accepted of ['br', 'gzip;q=0', 'gzip;q=0.5, identity', 'identity']) {
        assert.deepEqual(await ask(path, `Accept-Encoding: ${accepted}`), plain, accepted)
      }
    }
    const many = await ask('/many/', 'Accept-Encoding: gzip')
    assert.ok(many.body.length * 10 < gunzipSync(many.body).length, `${many.body.length} bytes`)

    await daemon.reconfigure(...CONFIG, 'Compress Off')
    const { coding, vary } = await ask('/docs/', 'Accept-Encoding: gzip')
    assert.deepEqual([coding, vary], [undefined, undefined])
    await daemon.reconfigure(...CONFIG)
  })

  test('is sent whole when a range is asked for, and judged by the preconditions it can meet', async () => {
    const ask = async (...fields: string[]) => (await daemon.ask(get('/docs/', ...fields))).status
    assert.equal(await ask('Range: bytes=0-9'), 200)
    assert.equal(await ask('If-Match: *'), 200)
    assert.equal(await ask('If-Match: "a"'), 412)
    assert.equal(await ask('If-None-Match: "a"'), 200)
    assert.equal(await ask('If-None-Match: *'), 304)
    assert.equal(await ask('If-Modified-Since: Sun, 06 Nov 2094 08:49:37 GMT'), 200)
  })

  test('shows what was added or taken away a moment ago', async () => {
    const names = async () => (await list('/docs/new/?format=json')).map(({ name }) => name)
    mkdirSync(publicPath('docs/new'))
    assert.deepEqual(await names(), [])
    for (const name of ['1', '2', '3']) {
      daemon.folder.publish(`docs/new/${name}`)
      assert.ok((await names()).includes(name))
    }
  })

  test('may have files of any size and age', async () => {
    daemon.folder.publishSparse('odd/huge.bin', 5 * 1024 ** 4)
    daemon.folder.publish('odd/empty')
    utimesSync(publicPath('odd/empty'), 0, 0)
    const page = (await daemon.ask(get('/odd/'))).body.toString()
    assert.ok(page.includes('<td title="5,497,558,138,880 bytes">5 TiB</td>'), page)
    assert.ok(page.includes('<td>0 B</td><td><time datetime="1970-01-01T00:00:00.000Z"'), page)
  })
})

describe('A listing', () => {
  test('links to every file by its very name, and lets none become markup', async () => {
    const folder = publicPath('names: <hostile>')
    mkdirSync(folder)
    for (const name of HOSTILE_NAMES) {
      writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]), name, 'latin1')
    }
    const path = '/names%3A%20%3Chostile%3E/'
    const page = await daemon.ask(get(path))
    assert.deepEqual(
      new Set(page.body.toString().match(/<[a-z]+/g)),
      new Set(
        ['html', 'head', 'meta', 'title', 'link', 'style', 'body', 'main', 'nav', 'ol', 'li', 'a', 'h', 'bdi']
          .concat([
            'p',
            'table',
            'thead',
            'tr',
            'th',
            'form',
            'input',
            'button',
            'tbody',
            'td',
            'time',
            'footer',
          ])
          .map(tag => `<${tag}`),
      ),
    )
    const contents: string[] = []
    for (const link of linksIn(page, path)) {
      const response = await daemon.ask(get(link))
      assert.equal(response.status, 200, link)
      contents.push(response.body.toString('latin1'))
    }
    assert.deepEqual(contents.sort(), HOSTILE_NAMES.toSorted())
    assert.ok(linksIn(await daemon.ask(get('/')), '/').includes(path))
  })

  test('shows nothing hidden, and no link out of DocumentRoot', async () => {
    for (const name of ['.secret', '.well-known/security.txt', 'shown.txt'])
      daemon.folder.publish(`mixed/${name}`)
    const links = {
      'a-folder': '../docs',
      'a-file': 'shown.txt',
      absent: 'absent.txt',
      circle: 'circle',
      passwd: '/etc/passwd',
      outside: '../../../etc',
    }
    for (const [name, target] of Object.entries(links)) symlinkSync(target, publicPath(`mixed/${name}`))
    const entries = async () => (await list('/mixed/?format=json')).map(({ name, type }) => [name, type])
    assert.deepEqual(await entries(), [
      ['a-folder', 'directory'],
      ['a-file', 'file'],
      ['shown.txt', 'file'],
    ])
    assert.equal((await daemon.ask(get('/mixed/outside/'))).status, 403)
    await daemon.reconfigure('Options Indexes')
    assert.deepEqual(await entries(), [['shown.txt', 'file']])
    await daemon.reconfigure(...CONFIG)
  })

  test('is refused without Options Indexes, and needs no index with it', async () => {
    const statusOf = async (path: string) => (await daemon.ask(get(path))).status
    daemon.folder.publish('indexed/index.html', 'The index')
    assert.equal((await daemon.ask(get('/indexed/'))).body.toString(), 'The index')
    await daemon.reconfigure('Options -Indexes')
    assert.deepEqual([await statusOf('/docs/'), await statusOf('/indexed/')], [403, 200])
    await daemon.reconfigure(...CONFIG)
    assert.deepEqual([await statusOf('/docs/'), await statusOf('/absent/')], [200, 404])
    assert.equal((await daemon.ask(get('/docs'))).fields.get('location'), 'docs/')
  })
})

describe('A folder of 20,000 files', () => {
  test('is listed completely while others are served in between', async () => {
    using lister = await daemon.connect()
    using other = await daemon.connect()
    const expected = Array.from({ length: MANY }, (_, index) => `/many/file-${index}`)
    const log = 'CustomLog var/log/many.log "%U %>s %X %{turns}x"'
    await daemon.reconfigure(...CONFIG, log)
    let lines = 0
    // On a machine that has much to do, the listing may be done before the other client has asked so often.
    await until(async () => {
      let isListed = false
      lister.send(get('/many/'))
      const listing = lister.response().then(response => {
        isListed = true
        return response
      })
      let servedMeanwhile = 0
      while (!isListed) {
        other.send(get('/small.txt'))
        assert.equal((await other.response()).body.toString(), 'small')
        servedMeanwhile++
      }
      assert.deepEqual(linksIn(await listing, '/many/'), expected)
      lines += servedMeanwhile + 1
      const logged = (await daemon.logLines('var/log/many.log', lines)).findLast(line =>
        line.startsWith('/many/'),
      )
      const [, turns] = /^\/many\/ 200 \+ (\d+)$/.exec(logged ?? '') ?? []
      assert.ok(turns !== undefined, `${logged}`)
      return servedMeanwhile > 10 && Number(turns) > 10
    }, 'more than 10 requests to be served while it is listed')
    await daemon.reconfigure(...CONFIG)
  })

  test('is listed in one turn with MaxWait off', async () => {
    await daemon.reconfigure(
      ...CONFIG,
      'MaxWait off',
      'LogFormat "%U %{turns}x %q" turns',
      'CustomLog var/log/turns.log turns',
    )
    using lister = await daemon.connect()
    using other = await daemon.connect()
    lister.send(get('/many/?off'))
    await daemon.untilStatus(({ turn }) => turn.inService !== null, 'the listing to be in service')
    other.send(get('/small.txt'))
    assert.equal((await lister.response()).status, 200)
    assert.equal((await other.response()).status, 200)
    assert.deepEqual(await daemon.logLines('var/log/turns.log', 2), ['/many/ 1 ?off', '/small.txt 1 '])
    await daemon.reconfigure(...CONFIG)
  })

  test('is listed for a hundred clients at once, who share one page', async () => {
    using clients = new DisposableStack()
    const listers = await Promise.all(Array.from({ length: 100 }, () => daemon.connect()))
    for (const lister of listers) clients.use(lister)
    const pages = listers.map(async lister => {
      lister.send(get('/many/?format=json'))
      return await lister.hash(Number((await lister.responseHead()).fields.get('content-length')))
    })
    const [first, ...others] = await Promise.all(pages)
    assert.deepEqual([...new Set(others)], [first])
  })

  test('leaves nothing open when its client hangs up in the middle', async () => {
    await daemon.untilStatus(status => status.connections.open === 0, 'no open connection')
    const before = openFiles()
    using lister = await daemon.connect()
    lister.send(get('/many/?sort=size'))
    await daemon.untilStatus(({ turn }) => turn.inService?.bytesSent === 0, 'the listing to be in service')
    assert.ok(openFiles() > before + 1, 'The folder is open')
    lister.reset()
    await until(() => openFiles() <= before, 'everything to be closed')
    const lines = () => daemon.folder.read('var/log/files.log').split('\n')
    await until(() => lines().some(line => line.startsWith('X ')), 'its line in the log')
    assert.deepEqual(
      lines().filter(line => line.startsWith('X ')),
      [`X 499 ${publicPath('many/')}`],
    )
  })
})
