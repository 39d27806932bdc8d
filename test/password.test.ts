import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { verifyPassword } from '../src/access/verify-password.ts'
import { COMPILED, OTHER_USER, SKIP_OTHER_USER, WEBSERVERCTL } from './support/program.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { inTime, until } from './support/wait.ts'

const SKIP_TERMINAL = spawnSync('script', ['--version']).status === 0 ? false : 'script(1) is not installed'

const ENVIRONMENT = { ...process.env, NODE_COMPILE_CACHE: COMPILED }

interface Outcome {
  readonly code: number | null
  readonly output: string
  readonly problems: string
}

/** Runs the command, whose standard input is a pipe with this text. */
async function password(input: string, ...args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [WEBSERVERCTL, 'password', ...args], { env: ENVIRONMENT })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [output, problems] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, output, problems }
}

function entries(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return Object.fromEntries(lines.map(line => line.split(':', 2) as [string, string]))
}

test('a new file has the user with a bcrypt hash, and is for owner and group alone', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'users')
  const { code, output, problems } = await password('pä ss:wort\n', file, 'bob')
  assert.deepEqual({ code, output, problems }, { code: 0, output: `Added "bob" to ${file}\n`, problems: '' })
  assert.equal(statSync(file).mode & 0o777, 0o640)
  const { bob = '' } = entries(file)
  assert.match(bob, /^\$2y\$10\$/)
  assert.equal(verifyPassword(Buffer.from('pä ss:wort'), bob), 'right')
  assert.deepEqual(readdirSync(folder.path), ['users'])
})

test('a password is changed in its place, and all other lines stay as they are', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'users')
  writeFileSync(file, '# ours\r\n  bob:old:Bob\nann:x\xe9\nbob:older', 'latin1')
  const { code, output } = await password('secret\r\n', file, 'bob')
  assert.deepEqual({ code, output }, { code: 0, output: `Changed the password of "bob" in ${file}\n` })
  assert.match(readFileSync(file, 'latin1'), /^# ours\r\nbob:\$2y\$10\$[^:\n]+\nann:x\xe9\n$/)
  await password('other\n', file, 'carl')
  assert.match(readFileSync(file, 'latin1'), /ann:x\xe9\ncarl:\$2y\$10\$[^:\n]+\n$/)
})

test('a user is deleted, and nobody else', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'users')
  writeFileSync(file, 'bob:1\nbobby:2\nbob:3')
  assert.equal((await password('', '--delete', file, 'bob')).output, `Deleted "bob" from ${file}\n`)
  assert.equal(readFileSync(file, 'utf8'), 'bobby:2\n')
  const again = await password('', '--delete', file, 'bob')
  assert.deepEqual(again, { code: 1, output: '', problems: `Nobody is called "bob" in ${file}\n` })
})

test('a password is verified against the kinds that htpasswd writes', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'users')
  writeFileSync(file, 'bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\nann:password\n')
  assert.equal((await password('password\n', '--verify', file, 'bob')).code, 0)
  const wrong = await password('Password\n', '--verify', file, 'bob')
  assert.deepEqual(wrong, { code: 1, output: '', problems: 'The password of "bob" is wrong\n' })
  assert.match((await password('password\n', '--verify', file, 'ann')).problems, /lets nobody in/)
  assert.match((await password('password\n', '--verify', file, 'eve')).problems, /^Nobody is called "eve"/)
})

test('what cannot be a name or a password changes nothing, and is told', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'users')
  for (const [input, user, problem] of [
    ['secret\n', 'bo:b', /Expected a name without colons/],
    ['secret\n', '', /Expected a name, got nothing/],
    ['secret\n', '#bob', /does not begin with #/],
    ['\n', 'bob', /Expected a password, got nothing/],
    ['one\ntwo\n', 'bob', /got more lines/],
    ['tab\there\n', 'bob', /without control characters/],
    [`${'ä'.repeat(37)}\n`, 'bob', /at most 72 bytes, got 74/],
    ['x'.repeat(5000), 'bob', /got more than 4096 characters/],
  ] as const) {
    const { code, problems } = await password(input, file, user)
    assert.equal(code, 1)
    assert.match(problems, problem)
  }
  assert.deepEqual(readdirSync(folder.path), [])
  assert.equal((await password('', '--delete', '--verify', file, 'bob')).code, 2)
})

test('a file keeps its owner and its place behind a link, and loses what others may do with it', {
  skip: SKIP_OTHER_USER,
}, async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'users')
  writeFileSync(file, '')
  chownSync(file, OTHER_USER, OTHER_USER)
  chmodSync(file, 0o664)
  symlinkSync('users', join(folder.path, 'link'))
  assert.equal((await password('secret\n', join(folder.path, 'link'), 'bob')).code, 0)
  const { uid, gid, mode } = statSync(file)
  assert.deepEqual([uid, gid, mode & 0o777], [OTHER_USER, OTHER_USER, 0o640])
  assert.deepEqual(readdirSync(folder.path).sort(), ['link', 'users'])
})

test('what cannot be written is told, and nothing is left behind', async () => {
  using folder = temporaryFolder()
  const missing = join(folder.path, 'missing/users')
  const { code, problems } = await password('secret\n', missing, 'bob')
  assert.deepEqual([code, problems], [1, `Cannot write "${missing}": no such file or directory\n`])
  assert.match(
    (await password('secret\n', folder.path, 'bob')).problems,
    /^Cannot read ".*": it is no file\n$/,
  )
})

test('a terminal is asked twice, shows nothing of the password, and Ctrl-C changes nothing', {
  skip: SKIP_TERMINAL,
}, async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'users')
  const right = await typed(file, ['secrex\x7ft\r', 'secret\r'])
  assert.match(right, /New password of "bob": \s+The same again: \s+Added "bob"/)
  assert.doesNotMatch(right, /secr/)
  assert.equal(verifyPassword(Buffer.from('secret'), entries(file)['bob'] ?? ''), 'right')
  const before = readFileSync(file, 'utf8')
  assert.match(await typed(file, ['secret\r', 'Secret\r']), /The two are not the same: nothing was changed/)
  assert.doesNotMatch(await typed(file, ['secret\r', '\x03']), /Changed/)
  assert.equal(readFileSync(file, 'utf8'), before)
})

/** What a terminal shows in which these texts are typed, each at its prompt. */
async function typed(file: string, texts: readonly string[]): Promise<string> {
  const command = `exec ${process.execPath} ${WEBSERVERCTL} password ${file} bob`
  const terminal = spawn('script', ['-qec', command, '/dev/null'])
  let shown = ''
  terminal.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk
  })
  const closed = once(terminal, 'close')
  try {
    for (const [index, each] of texts.entries()) {
      await until(() => (shown.match(/: /g) ?? []).length > index, 'the prompt')
      terminal.stdin.write(each)
    }
    await inTime(closed, 'the end of the command')
    return shown
  } finally {
    terminal.kill('SIGKILL')
  }
}

test('of many that are set at once none is lost', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'users')
  const users = Array.from({ length: 6 }, (_, n) => `user${n}`)
  const outcomes = await Promise.all(users.map(user => password('secret\n', file, user)))
  assert.deepEqual(
    outcomes.map(({ code, problems }) => ({ code, problems })),
    users.map(() => ({ code: 0, problems: '' })),
  )
  assert.deepEqual(Object.keys(entries(file)).sort(), users)
  assert.deepEqual(readdirSync(folder.path), ['users'])
})

test('a draft that somebody has left behind is named, and nothing is changed', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'users')
  writeFileSync(file, 'ann:x\n')
  writeFileSync(`${file}.new`, '')
  const { code, problems } = await password('secret\n', file, 'bob')
  assert.equal(code, 1)
  assert.match(problems, /^Cannot write ".*users": another process .* remove ".*users\.new"\n$/)
  assert.equal(readFileSync(file, 'utf8'), 'ann:x\n')
})

test('what cannot be written is told before a password is asked for', async () => {
  using folder = temporaryFolder()
  const dangling = join(folder.path, 'link')
  symlinkSync('nowhere', dangling)
  for (const [file, why] of [
    [join(folder.path, 'missing/users'), 'no such file or directory'],
    [dangling, 'it is a link to "nowhere", where nothing is'],
  ] as const) {
    const child = spawn(process.execPath, [WEBSERVERCTL, 'password', file, 'bob'], { env: ENVIRONMENT })
    const [problems] = await Promise.all([text(child.stderr), once(child, 'close')])
    assert.equal(problems, `Cannot write "${file}": ${why}\n`)
    assert.equal(child.exitCode, 1)
  }
})
