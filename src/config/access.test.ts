import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interpret } from './interpret.ts'
import { parseSyntax } from './syntax.ts'

function read(...lines: readonly string[]) {
  const file = 'etc/webserver.conf'
  const { statements } = parseSyntax(lines.join('\n'), file)
  const found = interpret(statements, { file, serverRoot: '/srv', serverName: 'vm' })
  const tell = ({ place, message }: (typeof found.problems)[number]) => `${place?.line}: ${message}`
  return { problems: found.problems.map(tell), warnings: found.config.warnings.map(tell) }
}

const COMPLETE = ['AuthType Basic', 'AuthName Members', 'AuthUserFile users', 'Require valid-user']

test('who is to be asked for a password needs all that asking takes, and each missing part is named', () => {
  assert.deepEqual(read('Listen 127.0.0.1:80', ...COMPLETE), { problems: [], warnings: [] })
  assert.deepEqual(read('Require user bob').problems, [
    '1: Nobody could be let in without AuthType Basic, AuthName, AuthUserFile: add what is missing',
  ])
  assert.deepEqual(read(...COMPLETE, 'Require group staff').problems, [
    '4: Nobody could be let in without AuthGroupFile: add what is missing',
  ])
})

test('AuthType without Require, which asks nobody, is refused', () => {
  assert.deepEqual(read('AuthType Basic', 'AuthName Members', 'AuthUserFile users').problems, [
    '1: AuthType alone asks nobody for a password: add "Require valid-user"',
  ])
})

test('passwords that come over the network as they are are warned of, those from this machine are not', () => {
  assert.match(
    read('Listen 8080', ...COMPLETE).warnings.join(),
    /^2: Passwords come over the network as they are/,
  )
  assert.deepEqual(read('Listen 127.0.0.1:8080', 'Listen [::1]:8080', ...COMPLETE).warnings, [])
})

test('"Require all granted" beside other requirements, which mean nothing then, is warned of', () => {
  const { problems, warnings } = read('Require ip 10.1', 'Require all granted')
  assert.deepEqual(problems, [])
  assert.match(warnings.join(), /^1: "Require all granted" lets everybody in, whatever/)
})

test('a host is asked for what it needs beside what holds for all', () => {
  const host = [
    '<VirtualHost *:80>',
    'ServerName a.example',
    'DocumentRoot /srv/a',
    'Require valid-user',
    '</VirtualHost>',
  ]
  assert.deepEqual(read('AuthName Members', 'AuthUserFile users', ...host).problems, [
    '6: Nobody could be let in without AuthType Basic: add what is missing',
  ])
})

test('what another section gives that may hold for the same path is not missing', () => {
  const sections = [
    '<Directory /srv/www>',
    ...COMPLETE,
    '<Files minutes.txt>',
    'Require user bob',
    '</Files>',
    '</Directory>',
    '<Location /board>',
    'Require user ann',
    '</Location>',
  ]
  assert.deepEqual(read('Listen 127.0.0.1:80', 'DocumentRoot /srv/www', ...sections), {
    problems: [],
    warnings: [],
  })
  const lonely = ['<Location /board>', 'AuthType Basic', 'Require user ann', '</Location>']
  assert.deepEqual(read('Listen 127.0.0.1:80', ...lonely).problems, [
    '4: Nobody could be let in without AuthName, AuthUserFile: add what is missing',
  ])
})

test('a Location that lets out what a Files denies, since it comes after it, is warned of', () => {
  const sections = [
    '<Files *.bak>',
    'Require all denied',
    '</Files>',
    '<Location /open>',
    'Require all granted',
    '</Location>',
  ]
  const { problems, warnings } = read(...sections)
  assert.deepEqual(problems, [])
  assert.deepEqual(warnings.length, 1)
  assert.match(warnings.join(), /^4: What <Files \*\.bak> at etc\/webserver\.conf:1:2 denies is let out here/)
  assert.deepEqual(
    read(...sections.slice(0, 3), '<Location /open>', 'Require ip 10.1', '</Location>').warnings,
    [],
  )
})
