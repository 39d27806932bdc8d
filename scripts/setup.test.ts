import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'

const PINNED = `node-linux-${process.arch}/bin/node`

/** Stands in for npm: copies what the folder `registry` offers, and keeps count. */
const NPM = `
  import { appendFileSync, cpSync } from 'node:fs'
  if (process.argv[2] === 'ping') process.exit()
  appendFileSync('installations', 'x')
  cpSync('registry', 'node_modules', { recursive: true })
  cpSync('package-lock.json', 'node_modules/.package-lock.json')
`

test('installs into a fresh clone, and only once', t => {
  const clone = freshClone(t)
  assert.deepEqual(setUp(clone), ready(clone))
  assert.deepEqual(setUp(clone), ready(clone))
  assert.equal(installations(clone), 1)
})

test('installs again when package-lock.json names another version', t => {
  const clone = freshClone(t)
  setUp(clone)
  writeLockFile(clone, { 'node_modules/a': { version: '1.0.1' } })
  assert.deepEqual(setUp(clone), ready(clone))
  assert.equal(installations(clone), 2)
})

test('installs again when a package has gone', t => {
  const clone = freshClone(t)
  setUp(clone)
  rmSync(join(clone, 'node_modules/a'), { recursive: true })
  assert.deepEqual(setUp(clone), ready(clone))
  assert.equal(installations(clone), 2)
})

test('installs all anew when the pinned Node does not start', t => {
  const clone = freshClone(t)
  setUp(clone)
  write(clone, 'node_modules/a/half-written', '')
  write(clone, `node_modules/${PINNED}`, 'torn')
  assert.deepEqual(setUp(clone), ready(clone))
  assert.equal(installations(clone), 2)
  assert.equal(existsSync(join(clone, 'node_modules/a/half-written')), false)
})

test('keeps nothing of an installation that was interrupted', t => {
  const clone = freshClone(t)
  write(clone, 'node_modules/a/half-written', '')
  assert.deepEqual(setUp(clone), ready(clone))
  assert.equal(existsSync(join(clone, 'node_modules/a/half-written')), false)
})

test('does without the packages of other machines', t => {
  const clone = freshClone(t)
  writeLockFile(clone, {
    'node_modules/a': { version: '1.0.0' },
    'node_modules/for-another': { version: '1.0.0', optional: true, os: 'linux', cpu: ['another'] },
    'node_modules/for-none': { version: '1.0.0', optional: true },
  })
  assert.deepEqual(setUp(clone), ready(clone))
})

test('lets the pinned Node fetch what does not suit the Node of the machine', t => {
  const clone = freshClone(t)
  writeLockFile(clone, { 'node_modules/b': { version: '1.0.0', optional: true, cpu: [process.arch] } })
  write(
    clone,
    `registry/${PINNED}`,
    `#!/bin/sh
    [ $1 = --version ] && exec echo v1.2.3
    mkdir -p registry/b && echo {} > registry/b/package.json
    exec ${process.execPath} "$@"`,
  )
  assert.deepEqual(setUp(clone), ready(clone))
  assert.equal(installations(clone), 2)
})

test('says which package npm left out', t => {
  const clone = freshClone(t)
  writeLockFile(clone, {
    'node_modules/b': { version: '2.0.0', optional: true, os: ['linux'], cpu: process.arch },
  })
  const { status, output } = setUp(clone)
  assert.equal(status, 1)
  assert.match(output, /^npm did not install node_modules\/b 2\.0\.0: .*\n$/)
})

test('says what to do when the registry does not answer, and tries again the next time', t => {
  const clone = freshClone(t)
  write(clone, 'npm.mjs', `console.error('npm error code ENOTFOUND\\nnpm error more'); process.exitCode = 1`)
  const { status, output } = setUp(clone)
  assert.equal(status, 1)
  assert.match(
    output,
    /^Could not install what package-lock\.json names \(ENOTFOUND\): .* check the network.*\n$/,
  )

  write(clone, 'npm.mjs', NPM)
  assert.deepEqual(setUp(clone), ready(clone))
})

test('shows what npm says when it fails for a reason of its own', t => {
  const clone = freshClone(t)
  write(clone, 'npm.mjs', `console.error('npm error code ESTRANGE'); process.exitCode = 1`)
  const { status, output } = setUp(clone)
  assert.equal(status, 1)
  assert.match(output, /^npm error code ESTRANGE\nCould not install .* \(ESTRANGE\): see above\n$/)
})

test('says what the pinned Node needs when it does not start', t => {
  const clone = freshClone(t)
  write(clone, `registry/${PINNED}`, '#!/bin/sh\necho libatomic.so.1 is missing >&2; exit 127\n')
  const { status, output } = setUp(clone)
  assert.equal(status, 1)
  assert.match(
    output,
    /^Could not start Node v1\.2\.3: libatomic\.so\.1 is missing: .*apt-get install libatomic1\)\n$/,
  )
})

test('says so where webserver does not run', t => {
  const clone = freshClone(t)
  assert.match(
    setUp(clone, { platform: 'darwin' }).output,
    /^webserver runs on Linux, and this is darwin: .*\n$/,
  )
  assert.match(
    setUp(clone, { arch: 'riscv64' }).output,
    /^webserver runs on x64 and arm64, .* riscv64: .*\n$/,
  )
  assert.equal(installations(clone), 0)
})

/** What setup.mjs answers when all is well. */
function ready(clone: string) {
  return { status: 0, output: `${join(clone, 'node_modules', PINNED)}\n` }
}

/** A checkout that wants package `a` and a Node 1.2.3, both in its own registry. */
function freshClone(t: TestContext): string {
  const clone = mkdtempSync(join(tmpdir(), 'setup-'))
  t.after(() => rmSync(clone, { recursive: true }))
  write(
    clone,
    'package.json',
    JSON.stringify({ optionalDependencies: { [`node-linux-${process.arch}`]: '1.2.3' } }),
  )
  writeLockFile(clone, { 'node_modules/a': { version: '1.0.0' } })
  write(clone, 'registry/a/package.json', '{}')
  write(clone, `registry/${PINNED}`, '#!/bin/sh\necho v1.2.3\n')
  write(clone, 'npm.mjs', NPM)
  mkdirSync(join(clone, 'scripts'))
  copyFileSync(join(import.meta.dirname, 'setup.mjs'), join(clone, 'scripts/setup.mjs'))
  return clone
}

function writeLockFile(clone: string, packages: Readonly<Record<string, object>>): void {
  write(clone, 'package-lock.json', JSON.stringify({ packages: { '': {}, ...packages } }))
}

function write(clone: string, path: string, text: string): void {
  mkdirSync(dirname(join(clone, path)), { recursive: true })
  writeFileSync(join(clone, path), text, { mode: 0o755 })
}

/** Runs setup.mjs, on a pretended machine if asked. */
function setUp(clone: string, machine: Partial<Pick<NodeJS.Process, 'platform' | 'arch'>> = {}) {
  const pretend = Object.entries(machine).flatMap(([name, value]) => [
    '--import',
    `data:text/javascript,Object.defineProperty(process,'${name}',{value:'${value}'})`,
  ])
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...pretend, join(clone, 'scripts/setup.mjs')],
    {
      env: { ...process.env, npm_execpath: join(clone, 'npm.mjs') },
      encoding: 'utf8',
    },
  )
  return { status, output: stdout + stderr }
}

function installations(clone: string): number {
  const count = join(clone, 'installations')
  return existsSync(count) ? readFileSync(count, 'utf8').length : 0
}
