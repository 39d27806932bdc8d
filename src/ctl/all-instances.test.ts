import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findInstances, joinReports } from './all-instances.ts'
import type { Terminal } from './report.ts'

const TERMINAL: Terminal = { columns: 80, now: 0, paint: (_style, text) => text }

function testFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'all-instances-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function listen(t: TestContext, path: string): Promise<void> {
  const server = createServer().listen(path)
  t.after(() => server.close())
  await once(server, 'listening')
}

function namesAt(path: string): (string | undefined)[] {
  return findInstances({ kind: 'found', path }).map(({ name }) => name)
}

test('instances are those whose sockets stand beside that of the configuration, in the order of their numbers', async t => {
  const folder = testFolder(t)
  const plain = join(folder, 'web.sock')
  for (const name of ['web-10.sock', 'web-2.sock', 'web-blue.sock', 'other-1.sock', 'web-a-b.sock'])
    await listen(t, join(folder, name))
  writeFileSync(join(folder, 'web-3.sock'), '')
  writeFileSync(join(folder, 'web-10.sock.lock'), '')
  mkdirSync(join(folder, 'web-4.sock'))
  assert.deepEqual(namesAt(plain), ['2', '10', 'blue'])
  await listen(t, plain)
  assert.deepEqual(namesAt(plain), [undefined, '2', '10', 'blue'])
})

test('where there is no folder, or what is none, there are no instances', t => {
  const folder = testFolder(t)
  writeFileSync(join(folder, 'file'), '')
  assert.deepEqual(namesAt(join(folder, 'absent/web.sock')), [])
  assert.deepEqual(namesAt(join(folder, 'file/web.sock')), [])
})

test('each report stands under the name of its server, and the first failure decides the exit code', () => {
  const report = (name: string | undefined, output: string, problems: string, exitCode: number) => ({
    instance: { name, socket: { kind: 'found', path: '/run/web.sock' } } as const,
    report: { output, problems, exitCode },
  })
  const reports = [
    report(undefined, 'one\ntwo\n', '', 0),
    report('1', '', 'It failed\nand so on\n', 3),
    report('2', 'three\n', 'A warning\n', 1),
  ]
  const problems = 'webserver@1: It failed\nwebserver@1: and so on\nwebserver@2: A warning\n'
  assert.deepEqual(joinReports(reports, false, TERMINAL), {
    output: 'webserver\none\ntwo\n\nwebserver@2\nthree\n',
    problems,
    exitCode: 3,
  })
  assert.deepEqual(joinReports(reports, true, TERMINAL), {
    output: 'one\ntwo\nthree\n',
    problems,
    exitCode: 3,
  })
})
