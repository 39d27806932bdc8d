import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const PROGRAM = join(import.meta.dirname, 'multicall.ts')

/** The first line of its help, when it is called by a name. */
function usageAs(argv0: string): string | undefined {
  return spawnSync(process.execPath, [PROGRAM, '--help'], { argv0, encoding: 'utf8' }).stdout.split('\n')[0]
}

test('operates the server when it is called webserverctl, by whatever path', () => {
  assert.equal(usageAs('webserverctl'), 'Usage: webserverctl [options] <command>')
  assert.equal(usageAs('/usr/bin/webserverctl'), 'Usage: webserverctl [options] <command>')
})

test('is the server when it is called by any other name', () => {
  assert.equal(usageAs('webserver'), 'Usage: webserver [options]')
  assert.equal(usageAs('/opt/webserverctl/webserver'), 'Usage: webserver [options]')
})
