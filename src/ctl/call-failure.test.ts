import assert from 'node:assert/strict'
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { callFailure } from './call-failure.ts'
import { COMMANDS } from './commands.ts'

const [command] = COMMANDS.filter(({ name }) => name === 'reload')
assert.ok(command !== undefined)
const SKIP = process.getuid?.() === 0 ? false : 'only root can give a file to any group'

function explain(failure: Parameters<typeof callFailure>[0], path = '/run/a.sock'): string {
  assert.ok(command !== undefined)
  return callFailure(failure, command, { kind: 'found', path })
}

/** A file of this group. */
function fileOf(t: TestContext, gid: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'explain-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'a.sock')
  writeFileSync(path, '')
  chownSync(path, -1, gid)
  return path
}

test('every failure says what to do about it', () => {
  assert.equal(explain({ kind: 'not running' }), 'webserver is not running: nothing answers at "/run/a.sock"')
  assert.match(
    explain({ kind: 'deaf', pid: 812 }),
    /^webserver runs \(pid 812\), but nothing answers at "\/run\/a\.sock": .* by "kill -HUP 812"; if something else stands there, move that away$/,
  )
  assert.equal(
    explain({ kind: 'late' }),
    `No reply within ${command?.deadline === undefined ? '' : command.deadline / 1000} s: the server may still be at work, try "webserverctl status"`,
  )
  assert.match(
    explain({ kind: 'closed' }),
    /^Expected a reply, got the end of the connection: .*; try again$/,
  )
  assert.match(
    explain({ kind: 'foreign' }),
    /^Expected a webserver at "\/run\/a\.sock", got .*: see what listens there$/,
  )
  assert.match(explain({ kind: 'unknown' }), /^The running server does not know "reload": .*, restart it$/)
  assert.equal(explain({ kind: 'error', message: '\x1b[2J' }), 'Cannot reload: \\x1b[2J, see the error log')
  assert.match(explain({ kind: 'busy', message: '\x1b[2J' }), /^Cannot reload: \\x1b\[2J; try again when /)
})

test('who may not use the socket is told which group may', { skip: SKIP }, t => {
  const groups = readFileSync('/etc/group', 'utf8')
    .trim()
    .split('\n')
    .map(line => line.split(':'))
  for (const [name, , gid] of groups) {
    if (name === undefined || gid === undefined || gid === '0') continue
    const expected = `run this as root, or join the group with "usermod -aG ${name} YOUR-NAME" and log in again`
    const path = fileOf(t, Number(gid))
    assert.equal(explain({ kind: 'forbidden' }, path), `Permission denied at "${path}": ${expected}`)
  }
})

test('who may not use the socket of root, or of a group without a name, has to be root', {
  skip: SKIP,
}, t => {
  for (const path of [fileOf(t, 0), fileOf(t, 4_000_001), '/absent/a.sock']) {
    assert.equal(explain({ kind: 'forbidden' }, path), `Permission denied at "${path}": run this as root`)
  }
})
