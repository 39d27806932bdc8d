import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const WRITER = join(import.meta.dirname, '../../scripts/manual.ts')
const folder = mkdtempSync(join(tmpdir(), 'webserver-manual-'))
after(() => rmSync(folder, { recursive: true }))

interface Output {
  readonly stdout: string
  readonly stderr: string
}

/** What a command that succeeds has printed. */
function run(command: string, ...args: readonly string[]): Output {
  const { stdout, stderr, status, error } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '80', MANPAGER: 'cat' },
  })
  if (error !== undefined) throw error
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}`)
  return { stdout, stderr }
}

run(process.execPath, WRITER, folder)
run('mandb', '--quiet', folder)
const FILES = globSync(join(folder, 'man*/*')).sort()

test('there are three pages, where man looks for them', () => {
  assert.deepEqual(
    FILES.map(file => file.slice(folder.length)),
    ['/man1/webserverctl.1', '/man5/webserver.conf.5', '/man8/webserver.8'],
  )
})

for (const file of FILES) {
  const name = file.slice(folder.length + 1)

  test(`mandoc finds nothing to complain of in ${name}`, () => {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', file], { encoding: 'utf8' })
    // It depends on what is installed which other pages there are.
    const complaints = stdout.split('\n').filter(line => !line.includes('STYLE: referenced manual not found'))
    assert.deepEqual(complaints, [''])
  })

  test(`groff formats ${name} without a warning, and no line is wider than a terminal`, () => {
    const { stdout, stderr } = run('man', '--warnings=w', '--local-file', file)
    assert.equal(stderr, '')
    const lines = stdout.replaceAll(/.\x08|\x1b\[[\d;]*m/g, '').split('\n')
    assert.ok(lines.length > 100)
    assert.deepEqual(
      lines.filter(line => line.length > 80),
      [],
    )
  })
}

test('apropos finds the pages, each with its line', () => {
  const { stdout } = run('apropos', '--manpath', folder, 'webserver')
  assert.deepEqual(stdout.trim().split(/ *\n/), [
    'webserver (8)        - serve files over HTTP, one request at a time',
    'webserver.conf (5)   - configuration of webserver',
    'webserverctl (1)     - operate a running webserver',
  ])
})

test('man shows a page by its name', () => {
  const { stdout } = run('man', '--manpath', folder, 'webserver.conf')
  assert.match(stdout, /^WEBSERVER\.CONF\(5\)/)
})
