import assert from 'node:assert/strict'
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { answerTo, answerToUser, openSite, requestText } from '../../test/support/site.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { page } from '../http/response/respond.ts'
import type { AccessStep } from './step.ts'

const SEED = 20_261_128
const NOON = Date.UTC(2026, 10, 28, 12)

const FILES = [
  'index.html',
  'page.html',
  'page.html.gz',
  'missing.html',
  'folder/index.html',
  'folder/page.txt',
]
const PATHS = [
  '/',
  '/page.html',
  '/missing',
  '/folder',
  '/folder/',
  '/folder/page.txt',
  '/old/page',
  '/folder/%70age.txt',
]
const FIELDS = [
  [],
  ['Accept-Encoding: gzip'],
  ['If-None-Match: *'],
  ['If-Match: "another"'],
  ['Range: bytes=1-2'],
  ['Range: bytes=9999-'],
  ['If-Modified-Since: Sat, 28 Nov 2026 00:00:00 GMT'],
]
const LINES = [
  'Header set X-Kind file',
  'Header always add X-Always yes',
  'ErrorDocument 403 /missing.html',
  'ErrorDocument 404 /missing.html',
  'ErrorDocument 412 /page.html',
  'FallbackResource /index.html',
  'Redirect /old /page.html',
  'Redirect gone /folder/page.txt',
  'ExpiresDefault "access plus 10 seconds"',
  'Options None',
  'FileCacheSize off',
]

/** Rules of the configuration, each for itself or in its section. */
const REQUIREMENTS = [
  ['<Directory www>', 'Require all granted', '</Directory>'],
  ['<RequireAll>', 'Require valid-user', 'Require not ip 192.0.2.2', '</RequireAll>'],
  ['<Location /folder>', 'Require ip 192.0.2.1', '</Location>'],
  ['<Location /folder/page.txt>', 'Require all granted', '</Location>'],
  ['<Location /missing>', 'Require valid-user', '</Location>'],
  ['<Files index.html>', 'Require ip 192.0.2.0/31', 'Require user bob', '</Files>'],
  ['<Files page.*>', 'Require user bob', '</Files>'],
  ['<Files missing.html>', 'Require all denied', '</Files>'],
  ['CleanUrls On'],
]
/** How users are asked for, and who is not. */
const ASKING = ['AuthType Basic', 'AuthName Members', 'AuthUserFile users', 'Require ip 2001:db8::/32']
/** None, right ones, and wrong ones. */
const CREDENTIALS = ['', 'bob:password', 'eve:password']

/** Refuses what lies below a path to all but one address. */
interface Rule {
  readonly path: string
  readonly admitted: string
}

const address = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1')
const rule: fc.Arbitrary<Rule> = fc.record({
  path: fc.constantFrom('/', '/folder/', '/page.html'),
  admitted: address,
})
const request = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'POST'),
  path: fc.constantFrom(...PATHS),
  fields: fc.constantFrom(...FIELDS),
})
/** Few requests, which come again and again, each so many milliseconds after the one before. */
const visits = fc.array(request, { minLength: 1, maxLength: 4 }).chain(requests =>
  fc.array(
    fc.record({
      after: fc.constantFrom(0, 1, 20, 99, 700),
      request: fc.constantFrom(...requests),
      address,
    }),
    { minLength: 2, maxLength: 40 },
  ),
)

function accessStep({ path, admitted }: Rule): AccessStep {
  return ({ request: { target }, peer }) => {
    const isMeant = target.kind === 'resource' && target.path.startsWith(path)
    if (!isMeant || peer.address === admitted) return undefined
    return { answer: page(403), because: { kind: 'hidden' } }
  }
}

function publish(folder: string): void {
  mkdirSync(join(folder, 'www/folder'), { recursive: true })
  for (const name of FILES) {
    const path = join(folder, 'www', name)
    writeFileSync(path, name.endsWith('.gz') ? 'packed' : `${name}\n`.repeat(9))
    utimesSync(path, NOON / 1000 - 3600, NOON / 1000 - 3600)
  }
}

function withoutDate(response: string): string {
  return response.replace(/\r\nDate: [^\r]*/, '')
}

test('with rules for addresses and users what is remembered is what would be answered anew', async () => {
  const property = fc.asyncProperty(
    fc.subarray(LINES),
    fc.subarray(REQUIREMENTS),
    fc.array(fc.constantFrom(...CREDENTIALS), { minLength: 40, maxLength: 40 }),
    visits,
    async (lines, requirements, credentials, visits) => {
      using folder = temporaryFolder()
      publish(folder.path)
      const hash = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g='
      writeFileSync(join(folder.path, 'users'), `bob:${hash}\nann:${hash}\n`)
      const config = [...lines, ...ASKING, ...requirements.flat()]
      const site = openSite(folder.path, config)
      let now = NOON
      for (const [index, { after, request, address }] of visits.entries()) {
        const { method, path, fields } = request
        now += after
        const named = credentials[index] ?? ''
        const authorization = named === '' ? [] : [`Authorization: Basic ${btoa(named)}`]
        const text = requestText(method, path, [...fields, ...authorization])
        const peer = { address, port: 50_000 }
        const answer = await answerToUser(site, text, peer, now)
        const anew = await answerToUser(openSite(folder.path, config), text, peer, now)
        assert.equal(withoutDate(answer), withoutDate(anew), `${address} ${text}`)
      }
    },
  )
  await fc.assert(property, { seed: SEED, numRuns: 100 })
})

test('an index, a fallback and a page without its ending that are for some are not sent to others from memory', async () => {
  using folder = temporaryFolder()
  publish(folder.path)
  const site = openSite(folder.path, [
    'FallbackResource /missing.html',
    'CleanUrls On',
    '<Files *.html>',
    'Require ip 192.0.2.1',
    '</Files>',
  ])
  const statusFor = async (address: string, path: string) => {
    const answer = await answerToUser(site, requestText('GET', path, []), { address, port: 50_000 }, NOON)
    return answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)
  }
  for (const path of ['/', '/none', '/page']) {
    for (let count = 0; count < 2; count++) {
      assert.equal(await statusFor('192.0.2.1', path), '200', path)
      assert.equal(await statusFor('192.0.2.2', path), '403', path)
    }
  }
})

test('where the sections that hold for a path do not give all that asking takes, nobody is let in', async () => {
  using folder = temporaryFolder()
  publish(folder.path)
  writeFileSync(join(folder.path, 'users'), 'bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n')
  const site = openSite(folder.path, [
    '<Directory www/folder>',
    'AuthType Basic',
    'AuthName Members',
    'AuthUserFile users',
    'Require valid-user',
    '</Directory>',
    '<Location /page.html>',
    'Require user bob',
    '</Location>',
  ])
  const bob = [`Authorization: Basic ${btoa('bob:password')}`]
  const peer = { address: '192.0.2.1', port: 50_000 }
  const ask = (path: string) => answerToUser(site, requestText('GET', path, bob), peer, NOON)
  assert.match(await ask('/folder/page.txt'), /^HTTP\/1\.1 200 /)
  assert.match(await ask('/page.html'), /^HTTP\/1\.1 500 /)
})

test('a sidecar is for those who may have its file, also by its own name, and is not listed for others', async () => {
  using folder = temporaryFolder()
  publish(folder.path)
  const lines = (precompressed: string, packed: string) => [
    `Precompressed ${precompressed}`,
    'Options +Indexes',
    'DirectoryIndex disabled',
    '<Files page.html>',
    'Require ip 192.0.2.1',
    '</Files>',
    '<Files *.gz>',
    `Require ${packed}`,
    '</Files>',
  ]
  const get = async (config: readonly string[], address: string, path: string) => {
    const site = openSite(folder.path, config)
    return await answerToUser(site, requestText('GET', path, []), { address, port: 50_000 }, NOON)
  }
  const open = lines('On', 'all granted')
  assert.match(await get(open, '192.0.2.2', '/page.html.gz'), /^HTTP\/1\.1 403 /)
  assert.match(await get(open, '192.0.2.1', '/page.html.gz'), /\r\n\r\npacked$/)
  assert.doesNotMatch(await get(open, '192.0.2.2', '/'), /page\.html/)
  assert.match(await get(open, '192.0.2.1', '/'), /page\.html\.gz/)
  assert.match(await get(lines('On', 'all denied'), '192.0.2.1', '/page.html.gz'), /^HTTP\/1\.1 403 /)
  // It is a file as any other where it is sent for none.
  assert.match(await get(lines('Off', 'all granted'), '192.0.2.2', '/page.html.gz'), /^HTTP\/1\.1 200 /)
})

test('with CleanUrls a page is for those who may have it without its ending, also packed and under its whole name', async () => {
  using folder = temporaryFolder()
  publish(folder.path)
  const config = (cleanUrls: string) => [
    `CleanUrls ${cleanUrls}`,
    '<Location /page>',
    'Require ip 192.0.2.1',
    '</Location>',
  ]
  const statusOf = async (cleanUrls: string, address: string, path: string) => {
    const site = openSite(folder.path, config(cleanUrls))
    const answer = await answerToUser(site, requestText('GET', path, []), { address, port: 50_000 }, NOON)
    return answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)
  }
  const paths = ['/page', '/page.html', '/page.html.gz']
  const statuses = (cleanUrls: string, address: string) =>
    Promise.all(paths.map(path => statusOf(cleanUrls, address, path)))
  assert.deepEqual(await statuses('On', '192.0.2.1'), ['200', '301', '200'])
  assert.deepEqual(await statuses('On', '192.0.2.2'), ['403', '403', '403'])
  // Without it they are files of other names.
  assert.deepEqual(await statuses('Off', '192.0.2.2'), ['403', '200', '200'])
})

test('a sidecar whose users are in another file than those of its file is for nobody', async () => {
  using folder = temporaryFolder()
  publish(folder.path)
  for (const name of ['users', 'others'])
    writeFileSync(join(folder.path, name), 'bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n')
  const asking = (file: string) => [
    'AuthType Basic',
    'AuthName Members',
    `AuthUserFile ${file}`,
    'Require valid-user',
  ]
  const site = openSite(folder.path, [
    '<Files page.html>',
    ...asking('users'),
    '</Files>',
    '<Files *.gz>',
    ...asking('others'),
    '</Files>',
  ])
  const bob = [`Authorization: Basic ${btoa('bob:password')}`]
  const peer = { address: '192.0.2.1', port: 50_000 }
  const ask = (path: string) => answerToUser(site, requestText('GET', path, bob), peer, NOON)
  assert.match(await ask('/page.html'), /^HTTP\/1\.1 200 /)
  assert.match(await ask('/page.html.gz'), /^HTTP\/1\.1 403 /)
})

test('whoever may not have the index of a folder is asked who it is, and is not sent its listing', async () => {
  using folder = temporaryFolder()
  publish(folder.path)
  writeFileSync(join(folder.path, 'users'), 'bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n')
  const site = openSite(folder.path, [
    'Options +Indexes',
    '<Files index.html>',
    ...ASKING.slice(0, 3),
    'Require valid-user',
    '</Files>',
  ])
  const get = async (...fields: readonly string[]) =>
    await answerToUser(site, requestText('GET', '/', fields), { address: '192.0.2.1', port: 50_000 }, NOON)
  assert.match(await get(), /^HTTP\/1\.1 401 /)
  assert.match(await get(`Authorization: Basic ${btoa('bob:password')}`), /\r\n\r\nindex\.html/)
})

test('what is remembered is what would be answered anew, and nobody is answered what is refused to it', () => {
  const property = fc.property(
    fc.subarray(LINES),
    fc.array(rule, { maxLength: 3 }),
    visits,
    (lines, rules, visits) => {
      using folder = temporaryFolder()
      publish(folder.path)
      const steps = rules.map(accessStep)
      const site = openSite(folder.path, lines, steps)
      let now = NOON
      for (const { after, request, address } of visits) {
        const { method, path, fields } = request
        now += after
        const text = requestText(method, path, fields)
        const peer = { address, port: 50_000 }
        const answer = answerTo(site, text, peer, now)
        const anew = answerTo(openSite(folder.path, lines, steps), text, peer, now)
        assert.equal(withoutDate(answer), withoutDate(anew), text)
        const isRefused = rules.some(rule => path.startsWith(rule.path) && address !== rule.admitted)
        if (isRefused) assert.match(answer, /^HTTP\/1\.1 403 /, text)
      }
    },
  )
  fc.assert(property, { seed: SEED, numRuns: 150 })
})
