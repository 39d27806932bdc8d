import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DIRECTIVES } from './directives.ts'
import { FOREIGN_DIRECTIVES, foreignDirective } from './foreign-directives.ts'

const NAMES: readonly string[] = DIRECTIVES.map(({ name }) => name)

test('says what stands here for a directive of another server, in whatever case it is written', () => {
  assert.deepEqual(foreignDirective('try_files'), { server: 'nginx', advice: 'write FallbackResource' })
  assert.equal(foreignDirective('RewriteEngine')?.server, 'Apache')
  assert.equal(foreignDirective('server.port')?.advice, 'write Listen')
  assert.equal(foreignDirective('constructor'), undefined)
})

test('knows what people bring from other servers', () => {
  const names = [
    ...[
      'User',
      'Group',
      'ServerLimit',
      'LoadModule',
      'ExpiresActive',
      'IncludeOptional',
      'ServerAdmin',
      'RewriteEngine',
    ],
    ...[
      'worker_processes',
      'root',
      'gzip',
      'gzip_static',
      'brotli_static',
      'access_log',
      'try_files',
      'server_name',
    ],
    ...['file_server', 'encode', 'server.document-root', 'server.modules'],
  ]
  assert.deepEqual(
    names.filter(name => foreignDirective(name) === undefined),
    [],
  )
})

test('calls no directive foreign that this server has', () => {
  for (const [name] of FOREIGN_DIRECTIVES) assert.ok(!NAMES.some(known => known.toLowerCase() === name), name)
})

test('advises to write only what there is', () => {
  for (const [name, advice] of FOREIGN_DIRECTIVES) {
    const written = /^write "?(\w+)/.exec(advice)?.[1]
    if (written !== undefined) assert.ok(NAMES.includes(written), `${name}: ${written}`)
  }
})
