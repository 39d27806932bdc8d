import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { instanceUnit } from './instance-unit.ts'

const UNIT = readFileSync(join(import.meta.dirname, '../../systemd/webserver.service'), 'utf8')

/** The lines of one that the other lacks, without comments. */
function linesBeyond(one: string, other: string): string[] {
  const known = new Set(other.split('\n'))
  return one.split('\n').filter(line => !known.has(line) && !line.startsWith('#'))
}

test('an instance runs as the one server does, but for its name and its target', () => {
  const unit = instanceUnit(UNIT)
  assert.deepEqual(linesBeyond(unit, UNIT), [
    'Description=Static web server, one request at a time, instance %i',
    'PartOf=webserver.target',
    'ExecStart=/usr/sbin/webserver --config /etc/webserver/webserver.conf --instance %i',
    'ExecReload=/usr/bin/webserverctl --config /etc/webserver/webserver.conf --instance %i reload',
    'WantedBy=webserver.target',
  ])
  assert.equal(linesBeyond(UNIT, unit).length, 4)
})

test('makes no unit of an instance from one that has changed where they differ', () => {
  assert.throws(() => instanceUnit(UNIT.replace('WantedBy', '#')), {
    message: 'Expected "WantedBy=multi-user.target" once in systemd/webserver.service, found 0',
  })
})
