import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'

const PASSING = `import { test } from 'node:test'\ntest('holds', () => {})\n`
const FAILING = `import { test } from 'node:test'\ntest('breaks', () => { throw new Error('no') })\n`
const SKIPPED = `import { test } from 'node:test'\ntest('rests', { skip: true }, () => {})\n`

test('passes, and ends with the summary, when every test passes', t => {
  const { status, stdout } = runTests(t, { 'src/a.test.ts': PASSING, 'test/b.test.ts': PASSING })
  assert.equal(status, 0)
  assert.match(stdout, /tests 2\n.*\n.*pass 2\n/)
})

test('fails when a test fails', t => {
  assert.equal(runTests(t, { 'src/a.test.ts': PASSING, 'src/b.test.ts': FAILING }).status, 1)
})

test('fails when there is no test file', t => {
  const { status, stderr } = runTests(t, { 'src/a.ts': PASSING })
  assert.equal(status, 1)
  assert.match(stderr, /^Expected test files, found none/)
})

test('fails when a test file holds no test, and names it', t => {
  const { status, stderr } = runTests(t, { 'src/a.test.ts': PASSING, 'src/b.test.ts': '' })
  assert.equal(status, 1)
  assert.match(stderr, /^Expected a test in each file, found none: \S+\/src\/b\.test\.ts\n$/)
})

test('fails when every test is skipped', t => {
  assert.equal(runTests(t, { 'src/a.test.ts': SKIPPED }).status, 1)
})

test('leaves the tests of the system alone unless they are asked for', t => {
  const files = { 'src/a.test.ts': PASSING, 'test/system/b.test.ts': FAILING }
  assert.equal(runTests(t, files).status, 0)
  assert.equal(runTests(t, files, 'test/system/*.test.ts').status, 1)
})

/** Runs the script in a project that holds these files. */
function runTests(t: TestContext, files: Readonly<Record<string, string>>, ...patterns: string[]) {
  const project = mkdtempSync(join(tmpdir(), 'run-tests-'))
  t.after(() => rmSync(project, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(project, dirname(path)), { recursive: true })
    writeFileSync(join(project, path), text)
  }
  // A runner that finds this variable takes itself for one file of another, and runs nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const script = join(import.meta.dirname, 'run-tests.ts')
  return spawnSync(process.execPath, [script, ...patterns], { cwd: project, env, encoding: 'utf8' })
}
