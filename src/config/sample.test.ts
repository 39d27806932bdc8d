import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DIRECTIVES } from './directives.ts'
import { interpret } from './interpret.ts'
import { sampleConfiguration } from './sample.ts'
import { parseSyntax } from './syntax.ts'

const surroundings = { file: 'etc/webserver.conf', serverRoot: '/srv', serverName: 'www.example.com' }

test('shows every directive', () => {
  for (const { name } of DIRECTIVES) assert.match(sampleConfiguration(), new RegExp(`^# ${name} `, 'm'))
})

test('changes nothing when every default in it is put in force', () => {
  const text = sampleConfiguration().replaceAll(/^#(?=\w)/gm, '')
  const { statements, problems } = parseSyntax(text, 'sample.conf')
  assert.deepEqual(problems, [])
  const sample = interpret(statements, surroundings)
  assert.deepEqual(sample.problems, [])
  const { config } = interpret([], surroundings)
  assert.deepEqual(sample.config, { ...config, origins: sample.config.origins })
})
