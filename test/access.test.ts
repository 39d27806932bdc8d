import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Client, get, request } from './support/client.ts'
import { Daemon } from './support/daemon.ts'
import { Folder } from './support/folder.ts'
import { type ProgramOptions, run, WEBSERVER } from './support/program.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { eventually, until } from './support/wait.ts'

/** The hash of `password`, by bcrypt at its lowest cost. */
const HASH = '$2y$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm'
/** Of a cost that takes a machine days. */
const ENDLESS = '$2y$31$xixSYPOzWnXRe59FOn3SPOUT.fDdk9T/4YvvZY/scOkJZdAF0tAWG'
const RESTRICTED = ['AuthType Basic', 'AuthName "The \\"members\\""', 'Require valid-user']

/** The files of libcrypt, which a mount can hide. */
const LIBRARIES = librariesOfCrypt()
const SKIP_WITHOUT_LIBCRYPT =
  LIBRARIES.length === 0 ? 'libcrypt is not installed' : process.getuid?.() !== 0 && 'only root can mount'

function librariesOfCrypt(): readonly string[] {
  const { stdout } = spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' })
  return Array.from(stdout?.matchAll(/\blibcrypt\.so\.\d .*=> (\S+)/g) ?? [], ([, path = '']) => path)
}

function as(user: string, password: string): string {
  return `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

interface House extends AsyncDisposable {
  readonly daemon: Daemon
  /** Of the passwords. */
  readonly file: string
  status(path: string, ...fields: readonly string[]): Promise<number>
  /** What the error log says in the words of Apache, without what stands before. */
  told(): Promise<readonly string[]>
}

async function openHouse(
  users: readonly string[],
  config: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<House> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(temporaryFolder())
  const file = join(folder.path, 'users')
  writeFileSync(file, users.map(line => `${line}\n`).join(''))
  const daemon = stack.use(await Daemon.start({ config: [`AuthUserFile ${file}`, ...config], files }))
  const held = stack.move()
  return {
    daemon,
    file,
    status: async (path, ...fields) => (await daemon.ask(get(path, ...fields))).status,
    told: async () => {
      // It answers when it has done with them.
      await daemon.status()
      return daemon.folder
        .read('var/log/error.log')
        .split('\n')
        .flatMap(line => /\[(auth\w+:error\] .*)/.exec(line)?.[1]?.replace(/\[pid \d+\] /, '') ?? [])
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

describe('Where a user is required', () => {
  test('a client is asked for a password, let in by the right one, and told nothing of why another was wrong', async () => {
    await using house = await openHouse([`bob:${HASH}`], RESTRICTED, { 'page.html': 'page' })
    const { daemon } = house
    const asked = await daemon.ask(get('/page.html'))
    assert.equal(asked.status, 401)
    assert.equal(asked.fields.get('www-authenticate'), 'Basic realm="The \\"members\\"", charset="UTF-8"')
    assert.doesNotMatch(asked.body.toString(), /^page/)

    const right = await daemon.ask(get('/page.html', as('bob', 'password')))
    assert.deepEqual([right.status, right.body.toString()], [200, 'page'])

    const answers = await Promise.all(
      [as('bob', 'Password'), as('nobody', 'password'), as('', ''), 'Authorization: Bearer abc'].map(field =>
        daemon.ask(get('/page.html', field)),
      ),
    )
    for (const { status, head, body } of answers) {
      assert.equal(status, 401)
      assert.equal(withoutDate(head), withoutDate(asked.head))
      assert.deepEqual(body, asked.body)
    }
  })

  test('the logs say who asked, and why somebody was not let in, in the words of Apache', async () => {
    await using house = await openHouse(
      [`bob:${HASH}`, `ann:${HASH}`],
      [...RESTRICTED.slice(0, 2), 'Require user ann'],
      { 'page.html': 'page' },
    )
    for (const field of [
      'X-None: 1',
      as('ann', 'password'),
      as('ann', 'x'),
      as('eve "\n', 'x'),
      as('bob', 'password'),
      as('', ''),
    ])
      await house.daemon.ask(get('/page.html', field))
    await house.daemon.ask(get('/page.html', 'Authorization: Bearer abc'))
    const lines = await house.daemon.accessLog(7)
    assert.deepEqual(
      lines.map(line => /^\S+ - (.*?) \[.*" (\d+) /.exec(line)?.slice(1).join(' ')),
      ['- 401', 'ann 200', 'ann 401', 'eve \\"\\n 401', 'bob 401', '"" 401', '- 401'],
    )
    assert.deepEqual(await house.told(), [
      'auth_basic:error] [client 127.0.0.1] AH01617: user ann: authentication failure for "/page.html": Password Mismatch',
      'auth_basic:error] [client 127.0.0.1] AH01618: user eve "\\n not found: /page.html',
      'authz_core:error] [client 127.0.0.1] AH01631: user bob: authorization failure for "/page.html": ',
      'auth_basic:error] [client 127.0.0.1] AH01618: user  not found: /page.html',
      'auth_basic:error] [client 127.0.0.1] AH01614: client used wrong authentication scheme: /page.html',
    ])
  })

  test('nothing of a file is had without the password: no part, no packed form, no answer that was made before', async () => {
    await using house = await openHouse([`bob:${HASH}`], [...RESTRICTED, 'Options Indexes'], {
      'page.html': 'page\n'.repeat(500),
      'page.html.gz': 'packed',
      'folder/file.txt': 'file',
    })
    const { daemon } = house
    const requests = [
      ['/page.html'],
      ['/page.html', 'Range: bytes=0-1'],
      ['/page.html', 'Accept-Encoding: gzip'],
      ['/page.html', 'If-None-Match: *'],
      ['/folder/'],
      ['/folder'],
      ['/folder/?format=json'],
    ] as const
    for (const [path, ...fields] of requests) {
      for (let count = 0; count < 2; count++) {
        assert.ok((await house.status(path, ...fields, as('bob', 'password'))) < 400, path)
        assert.equal(await house.status(path, ...fields), 401)
        assert.equal(await house.status(path, ...fields, as('bob', 'wrong')), 401)
      }
    }
    for (const method of ['HEAD', 'OPTIONS', 'POST', 'DELETE'])
      assert.equal((await daemon.ask(request(`${method} /page.html HTTP/1.1`))).status, 401, method)
  })

  test('a password that is changed counts at once, and one who is gone is gone', async () => {
    await using house = await openHouse([`bob:${HASH}`], RESTRICTED, { 'page.html': 'page' })
    const become = (status: number) =>
      until(async () => (await house.status('/page.html', as('bob', 'password'))) === status, `a ${status}`)
    await become(200)
    writeFileSync(house.file, 'bob:{SHA}rqXeNz8AuoLuxbJXVwcOGeuQ92k=\n')
    await become(401)
    writeFileSync(house.file, `bob:${HASH}\n`)
    await become(200)
    writeFileSync(house.file, '')
    await become(401)
  })

  test('nobody is let in while the file is missing, and the error log says so', async () => {
    await using house = await openHouse([`bob:${HASH}`], RESTRICTED, { 'page.html': 'page' })
    rmSync(house.file)
    await until(async () => (await house.status('/page.html', as('bob', 'password'))) === 500, 'a 500')
    assert.equal(await house.status('/page.html'), 401)
    const log = await house.daemon.errorLog()
    assert.match(
      log,
      /500 for "GET \/page\.html HTTP\/1\.1": nobody is let in: cannot read ".*": no such file/,
    )
    writeFileSync(house.file, `bob:${HASH}\n`)
    await until(async () => (await house.status('/page.html', as('bob', 'password'))) === 200, 'a 200')
  })
})

describe('While a password is checked', () => {
  test('others are served, and who waits for it is in nobody else’s way', async () => {
    await using house = await openHouse(
      [`slow:${ENDLESS}`],
      ['<Location /members>', ...RESTRICTED, '</Location>'],
      { 'page.html': 'page', 'members/page.html': 'members' },
    )
    const { daemon } = house
    using guesser = await daemon.connect()
    guesser.send(get('/members/page.html', as('slow', 'guess')))
    await untilChecking(daemon)
    for (let count = 0; count < 20; count++) assert.equal(await house.status('/page.html'), 200)
    const { turn } = await daemon.status()
    assert.deepEqual([turn.inService, turn.waiting, turn.setAside], [null, 0, 0])
    // The check was given up by then, as it would have taken days.
    assert.equal((await guesser.response()).status, 500)
    assert.match(await daemon.errorLog(), /Cannot check a password: it took longer than 10000 ms/)
  })

  test('fifty clients that guess without end are answered 401 or 503, and a member who is known is let in', async () => {
    await using house = await openHouse([`bob:${HASH}`], RESTRICTED, { 'page.html': 'page' })
    assert.equal(await house.status('/page.html', as('bob', 'password')), 200)
    const guess = async (number: number) => {
      using client = await Client.connect(house.daemon.port)
      const statuses: number[] = []
      for (let count = 0; count < 5; count++) {
        client.send(get('/page.html', as(`user${number}`, `guess${count}`)))
        statuses.push((await client.response()).status)
      }
      return statuses
    }
    const guesses = Promise.all(Array.from({ length: 50 }, (_, number) => guess(number)))
    for (let count = 0; count < 20; count++)
      assert.equal(await house.status('/page.html', as('bob', 'password')), 200)
    const statuses = new Set((await guesses).flat())
    assert.deepEqual(statuses.difference(new Set([401, 503])), new Set())
    assert.ok(statuses.has(401))
  })

  test('a client that leaves is logged, and its answer is missed by nobody', async () => {
    await using house = await openHouse([`slow:${ENDLESS}`], RESTRICTED, { 'page.html': 'page' })
    using client = await house.daemon.connect()
    client.send(get('/page.html', as('slow', 'guess')))
    await untilChecking(house.daemon)
    client.reset()
    const line = await house.daemon.logged(' 499 ')
    assert.match(line, /^127\.0\.0\.1 - - /)
    assert.equal(await house.status('/page.html'), 401)
  })

  test('the server stops when it is told to, and leaves no process behind', async () => {
    await using house = await openHouse([`bob:${HASH}`], RESTRICTED, { 'page.html': 'page' })
    assert.equal(await house.status('/page.html', as('bob', 'password')), 200)
    const checker = await untilChecking(house.daemon)
    assert.equal(await house.daemon.stop(), 0)
    await until(() => !existsSync(`/proc/${checker}`), 'the end of the process')
  })

  test('requests that come together are answered in their order', async () => {
    await using house = await openHouse([`bob:${HASH}`], RESTRICTED, { 'a.txt': 'a', 'b.txt': 'b' })
    using client = await house.daemon.connect()
    const bob = as('bob', 'password')
    client.send(get('/a.txt', bob) + get('/b.txt') + get('/b.txt', bob) + get('/a.txt', as('bob', 'x')))
    const statuses: number[] = []
    for (let count = 0; count < 4; count++) statuses.push((await client.response()).status)
    assert.deepEqual(statuses, [200, 401, 200, 401])
  })
})

describe('Rules for addresses', () => {
  test('let in those of a network without a password, and others with one', async () => {
    const rules = ['Require ip 127.0.0.2/31', ...RESTRICTED]
    await using house = await openHouse([`bob:${HASH}`], ['Listen 127.0.0.1:0', ...rules], {
      'page.html': 'page',
    })
    assert.equal(await house.status('/page.html'), 401)
    assert.equal(await house.status('/page.html', as('bob', 'password')), 200)
  })

  test('keep others out with 403, which is told as Apache tells it, and no password helps', async () => {
    await using house = await openHouse(
      [`bob:${HASH}`],
      [
        ...RESTRICTED.slice(0, 2),
        '<RequireAll>',
        'Require ip 192.0.2.0/24',
        'Require valid-user',
        '</RequireAll>',
      ],
      { 'page.html': 'page' },
    )
    assert.equal(await house.status('/page.html'), 403)
    assert.equal(await house.status('/page.html', as('bob', 'password')), 403)
    const { path } = house.daemon.folder
    const line = `authz_core:error] [client 127.0.0.1] AH01630: client denied by server configuration: ${path}/var/www/page.html`
    assert.deepEqual(await house.told(), [line, line])
  })
})

describe('In sections', () => {
  const CONFIG = [
    'Options Indexes',
    'DirectoryIndex secret.html index.html',
    'ErrorDocument 404 /members/404.html',
    'ErrorDocument 403 /public/403.html',
    '<Location /members>',
    ...RESTRICTED,
    '</Location>',
    '<Location /members/public>',
    'Require all granted',
    '</Location>',
    '<Files secret.*>',
    'Require all denied',
    '</Files>',
    '<Location /app>',
    'FallbackResource /members/app.html',
    '</Location>',
  ]
  const FILES = {
    'index.html': 'index',
    'secret.html': 'secret',
    'secret.txt': 'secret',
    'open.txt': 'open',
    'public/403.html': 'our 403',
    'list/open.txt': 'open',
    'list/secret.txt': 'secret',
    'list/more/open.txt': 'open',
    'members/404.html': 'our 404',
    'members/app.html': 'app',
    'members/page.html': 'members',
    'members/public/page.html': 'public',
  }

  test('each path is for whom its rules let in', async () => {
    await using house = await openHouse([`bob:${HASH}`], CONFIG, FILES)
    const bob = as('bob', 'password')
    const statuses = async (...paths: readonly string[]) => {
      const found: number[] = []
      for (const path of paths) found.push(await house.status(path), await house.status(path, bob))
      return found
    }
    assert.deepEqual(
      await statuses('/open.txt', '/secret.txt', '/%73ecret.txt'),
      [200, 200, 403, 403, 403, 403],
    )
    assert.deepEqual(await statuses('/members/page.html', '/members/public/page.html'), [401, 200, 200, 200])
    assert.deepEqual(
      await statuses('/members/../members/page.html', '//members/page.html'),
      [401, 200, 401, 200],
    )
  })

  test('an index that is for others is passed over', async () => {
    await using house = await openHouse([`bob:${HASH}`], CONFIG, FILES)
    for (let count = 0; count < 3; count++)
      assert.equal((await house.daemon.ask(get('/'))).body.toString(), 'index')
  })

  test('a listing shows what may be had, to each what it may have', async () => {
    await using house = await openHouse([`bob:${HASH}`], CONFIG.slice(0, 1).concat(CONFIG.slice(4)), FILES)
    const names = async (path: string, ...fields: string[]) => {
      const { body } = await house.daemon.ask(get(path, ...fields))
      return [...body.toString().matchAll(/href="([^"?]+)"/g)].map(([, name]) => name)
    }
    assert.ok((await names('/list/')).includes('open.txt'))
    assert.ok(!(await names('/list/')).includes('secret.txt'))
    rmSync(house.daemon.folder.resolve('var/www/index.html'))
    await until(async () => (await names('/')).includes('list/'), 'the listing')
    assert.ok(!(await names('/')).includes('members/'))
    assert.ok((await names('/', as('bob', 'password'))).includes('members/') === false)
    assert.ok((await names('/members/', as('bob', 'password'))).includes('page.html'))
  })

  test('what stands for what is not there has to be allowed as well', async () => {
    await using house = await openHouse([`bob:${HASH}`], CONFIG, FILES)
    for (let count = 0; count < 2; count++) {
      assert.equal(await house.status('/app/view'), 401)
    }
  })

  test('an error page that is for others is not sent, one that is for all is', async () => {
    await using house = await openHouse([`bob:${HASH}`], CONFIG, FILES)
    assert.doesNotMatch((await house.daemon.ask(get('/none'))).body.toString(), /our 404/)
    const inside = await house.daemon.ask(get('/members/none', as('bob', 'password')))
    assert.deepEqual([inside.status, inside.body.toString()], [404, 'our 404'])
    assert.equal((await house.daemon.ask(get('/secret.txt'))).body.toString(), 'our 403')
  })
})

describe('webserver --check', () => {
  async function check(
    lines: readonly string[],
    passwords?: string,
    options?: ProgramOptions,
  ): Promise<string> {
    using folder = new Folder()
    folder.configure(lines)
    if (passwords !== undefined) writeFileSync(folder.resolve('users'), passwords, { mode: 0o644 })
    const { stdout, stderr } = await run(WEBSERVER, ['--check', '--config', folder.configFile], options)
    return `${stdout}${stderr}`
  }

  test('tells of a password file that is missing, of one that is published, and of its lines that mean nothing', async () => {
    const lines = ['AuthUserFile users', ...RESTRICTED]
    assert.match(await check(lines), /:3:14: Cannot read ".*\/users": no such file or folder/)
    const told = await check(lines, `bob:${HASH}\nann:secret\n`)
    assert.match(
      told,
      /:3:14: Warning: Line 2 of ".*\/users" means nothing\. Expected a hash that begins with/,
    )
    assert.match(told, /:3:14: Warning: Everybody on this machine may read or change ".*\/users"/)
    assert.doesNotMatch(told, /secret/)
    assert.match(
      await check([...lines, 'DocumentRoot .'], ''),
      /would publish .*a file of passwords, ".*\/users"/,
    )
  })

  test('tells of hashes that take libcrypt where there is none', {
    skip: SKIP_WITHOUT_LIBCRYPT,
  }, async () => {
    const mounting = LIBRARIES.map(path => `mount --bind /dev/null ${path}`).join(' && ')
    const lines = ['AuthUserFile users', ...RESTRICTED]
    const yescrypt = `ann:$y$j9T$${'a'.repeat(22)}$${'b'.repeat(43)}\n`
    assert.doesNotMatch(await check(lines, yescrypt), /libcrypt/)
    const without = await check(lines, yescrypt, { mounting })
    assert.match(without, /:3:14: Warning: Who has a hash of .* this machine has no libcrypt: install it/)
    assert.doesNotMatch(await check(lines, `bob:${HASH}\n`, { mounting }), /libcrypt/)
  })
})

function withoutDate(head: string): string {
  return head.replace(/\r\nDate: [^\r]*/, '')
}

/** The process that checks passwords, once there is one. */
function untilChecking({ pid }: Daemon): Promise<string> {
  const children = `/proc/${pid}/task/${pid}/children`
  return eventually(() => readFileSync(children, 'utf8').trim() || undefined, 'a check of a password')
}
