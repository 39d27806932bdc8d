import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { interpret } from '../../src/config/interpret.ts'
import { parseSyntax } from '../../src/config/syntax.ts'
import { installedConfiguration, installedFirstPage } from './installed-texts.ts'

const ROOT = join(import.meta.dirname, '../..')
const CONFIGURATION = readFileSync(join(ROOT, 'etc/webserver.conf'), 'utf8')

test('an installed server serves, logs and is operated where a system has such things', () => {
  const file = '/etc/webserver/webserver.conf'
  const { statements, problems: slips } = parseSyntax(installedConfiguration(CONFIGURATION), file)
  const { config, problems } = interpret(statements, { file, serverRoot: '/etc/webserver', serverName: '' })
  assert.deepEqual([...slips, ...problems], [])
  assert.deepEqual(config.listen, [{ host: undefined, port: 80 }])
  assert.equal(config.documentRoot, '/var/www/html')
  assert.equal(config.controlSocket, '/run/webserver/webserver.sock')
  assert.deepEqual(config.errorLog, { kind: 'file', path: '/var/log/webserver/error.log' })
  assert.deepEqual(
    config.customLog.map(log => log.path),
    ['/var/log/webserver/access.log'],
  )
})

test('makes no package of a configuration with a path that no system has', () => {
  assert.throws(() => installedConfiguration(`${CONFIGURATION}CustomLog var/log/other.log combined\n`), {
    message:
      'Expected etc/webserver.conf to be for a system, found "var/log/other.log": say what it is there',
  })
  assert.throws(() => installedConfiguration(CONFIGURATION.replace('Listen 8080', 'Listen 8081')), {
    message: 'Expected "Listen 8080" once in etc/webserver.conf, found 0',
  })
})

test('the first page names the folders and commands of a system', () => {
  const page = installedFirstPage(readFileSync(join(ROOT, 'var/www/index.html'), 'utf8'))
  assert.match(page, /<code>\/var\/www\/html<\/code>/)
  assert.match(page, /<code>webserverctl status<\/code>/)
})
