import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Client, get, request } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import { Folder } from '../support/folder.ts'
import { until } from '../support/wait.ts'
import { Peer } from './peers.ts'

const PASSWORD = 'pä ss:wort'
/** As htpasswd and crypt(3) make them. */
const USERS = [
  'bob:$2y$05$xixSYPOzWnXRe59FOn3SPOUT.fDdk9T/4YvvZY/scOkJZdAF0tAWG',
  '  ann:$apr1$We7C9Kdm$o/CSrOb/Lws1JFybrlckp1:Ann Example',
  'carl:{SHA}hu9pgHfCekd9bflt8YLPCXwhOFQ=',
  'dora:$6$rounds=1000$saltsalt$2hetu1LoY8yHof/bmhs6o8tz9XCJ1H66cMeJUueBzaIfM697zaa/mswxEHxjZbHHL0ZTnPkankW3aBA5uogYQ0',
  'emil:$5$oQqjSGkD2dAeP8vL$ROCuRU8Y3gbbpMTCfXZm3IA62tmmX1oy3jjFT0SdiA7',
  'finn:$y$j75$F5Jx5fExrKuPp53xLKQ..1$TY7HK0TKD0PAwBsmA2//6BNGdkgOwxLk79LLmVQOlF5',
  'bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
]
const GROUPS = ['board: bob ann', 'former: carl', 'board: dora']
const FILES = ['page.html', 'secret.txt', 'folder/page.txt', 'folder/index.html']
const FOLDERS = ['members', 'members/board', 'members/open', 'house', 'inside', 'outside', 'former', 'nobody']
const MODULES = ['auth_basic', 'authn_core', 'authn_file', 'authz_user', 'authz_host', 'authz_groupfile']

function configuration(root: string, folder: Folder): readonly string[] {
  const asking = [
    'AuthType Basic',
    'AuthName "The \\"members\\""',
    `AuthUserFile ${folder.resolve('users')}`,
    `AuthGroupFile ${folder.resolve('groups')}`,
  ]
  return [
    'LogFormat "%r %u %>s" who',
    'CustomLog var/log/who.log who',
    ...section('Directory', root, 'Require all granted'),
    ...section('Files', 'secret.*', 'Require all denied'),
    ...section('Directory', `${root}/folder`, '<Files *.txt>', 'Require ip 127.0.0.1', '</Files>'),
    ...section('Location', '/members', ...asking, 'Require valid-user'),
    ...section('Location', '/members/board', 'Require group board'),
    ...section('Location', '/members/open', 'Require all granted'),
    ...section('Location', '/house', ...asking, 'Require ip 192.0.2', 'Require user bob ann'),
    ...section(
      'Location',
      '/inside',
      ...asking,
      ...all('Require ip 127.0.0.0/255.0.0.0', 'Require valid-user'),
    ),
    ...section('Location', '/outside', ...asking, ...all('Require valid-user', 'Require ip 192.0.2.0/24')),
    ...section('Location', '/former', ...asking, ...all('Require valid-user', 'Require not group former')),
    ...section('Location', '/nobody', ...all('Require all granted', 'Require not ip 127.0.0.1')),
  ]
}

function section(name: string, argument: string, ...lines: readonly string[]): readonly string[] {
  return [`<${name} ${argument}>`, ...lines, `</${name}>`]
}

function all(...lines: readonly string[]): readonly string[] {
  return ['<RequireAll>', ...lines, '</RequireAll>']
}

function basic(text: string, scheme = 'Basic '): string {
  return `Authorization: ${scheme}${Buffer.from(text).toString('base64')}`
}

const CREDENTIALS = [
  [],
  ...['bob', 'ann', 'carl', 'dora', 'emil', 'finn', 'nobody', ''].map(user => [basic(`${user}:${PASSWORD}`)]),
  ...['bob:password', 'bob', 'bob:', `Bob:${PASSWORD}`, `x y "z":1`].map(text => [basic(text)]),
  [basic(`bob:${PASSWORD}`, 'bAsIc   ')],
  [basic(`bob:${PASSWORD}`, 'Bearer ')],
  [basic(`bob:${PASSWORD}`), basic('bob:wrong')],
]
const PATHS = [
  '/page.html',
  '/secret.txt',
  '/secret.none',
  '/folder/page.txt',
  '/folder/',
  ...FOLDERS.flatMap(folder => [`/${folder}/page.html`, `/${folder}/none`]),
  '/%6dembers/page.html',
  '/house/../members/page.html',
  '/members',
]
const REQUESTS = [
  ...PATHS.flatMap(path => CREDENTIALS.map(fields => get(path, ...fields))),
  ...['HEAD', 'OPTIONS', 'POST'].map(method =>
    request(`${method} /members/page.html HTTP/1.1`, 'Content-Length: 0'),
  ),
]

test('the same rules let in, ask and keep out the same as in Apache, and are logged so', async () => {
  using folder = new Folder()
  writeFileSync(folder.resolve('users'), `${USERS.join('\n')}\n`)
  writeFileSync(folder.resolve('groups'), `${GROUPS.join('\n')}\n`)
  const root = folder.resolve('var/www')
  for (const name of FILES) folder.publish(name, name)
  for (const name of FOLDERS) folder.publish(`${name}/page.html`, name)
  const lines = configuration(root, folder)
  const modules = MODULES.map(name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  await using apache = await Peer.apache(root, [...modules, 'MaxKeepAliveRequests 0', ...lines])
  await using ours = await Daemon.start({
    config: [`DocumentRoot ${root}`, ...lines, 'MaxKeepAliveRequests 0'],
  })
  const answersOfApache = await answers(apache.port)
  assert.deepEqual(await answers(ours.port), answersOfApache)
  await until(
    () => whoLog(ours.folder).length === REQUESTS.length && whoLog(apache.folder).length === REQUESTS.length,
    'the logs',
  )
  assert.deepEqual(whoLog(ours.folder), whoLog(apache.folder))
  const toldByApache = told(apache.folder)
  assert.ok(toldByApache.length > 100)
  assert.deepEqual(told(ours.folder), toldByApache)
})

/** The status of each request, and how it is asked for a password, but for the charset that ours asks for. */
async function answers(port: number): Promise<readonly string[]> {
  const found: string[] = []
  for (const text of REQUESTS) {
    using client = await Client.connect(port)
    client.send(text.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
    const head = (await client.untilClosed()).bytes.toString('latin1').split('\r\n\r\n', 1)[0] ?? ''
    const status = head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)
    const challenge = /^WWW-Authenticate: (.*)$/m.exec(head)?.[1]?.replace(', charset="UTF-8"', '') ?? ''
    found.push(`${text.split('\r\n').join(' ')}: ${status} ${challenge}`)
  }
  return found
}

function whoLog(folder: Folder): readonly string[] {
  return folder.read('var/log/who.log').split('\n').slice(0, -1)
}

/** What the error log says of access, behind the client's address. */
function told(folder: Folder): readonly string[] {
  const lines = folder.read('var/log/error.log').split('\n')
  return lines.flatMap(
    line => /\[auth\w+:error\].*\[client 127\.0\.0\.1[^\]]*\] (AH.*)$/.exec(line)?.[1] ?? [],
  )
}
