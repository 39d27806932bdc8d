import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Requirement } from '../../access/requirement.ts'
import { interpret } from '../interpret.ts'
import { parseSyntax } from '../syntax.ts'

const AUTH = ['AuthType Basic', 'AuthName Members', 'AuthUserFile /users', 'AuthGroupFile /groups']

function read(lines: readonly string[]) {
  const file = 'etc/webserver.conf'
  const { statements, problems } = parseSyntax([...lines, ...AUTH].join('\n'), file)
  const found = interpret(statements, { file, serverRoot: '/srv', serverName: 'vm' })
  const told = [...problems, ...found.problems].map(
    ({ place, message }) => `${place?.line}:${place?.column}: ${message.replace(/: Require .*$/, '')}`,
  )
  return { require: found.config.require, told, warnings: found.config.warnings }
}

function requirementOf(...lines: readonly string[]): readonly Requirement[] {
  const { require, told } = read(lines)
  assert.deepEqual(told, [])
  return require
}

test('lines and sections join requirements as Apache does', () => {
  const lines = [
    'Require user bob "ann lee"',
    '<RequireAll>',
    '  Require valid-user',
    '  Require not ip 192.0.2.7',
    '  <RequireAny>',
    '    Require group staff',
    '    Require all denied',
    '  </RequireAny>',
    '  <RequireNone>',
    '    Require user eve',
    '  </RequireNone>',
    '</RequireAll>',
  ]
  assert.deepEqual(requirementOf(...lines), [
    { kind: 'user', names: ['bob', 'ann lee'] },
    {
      kind: 'every',
      requirements: [
        { kind: 'valid-user' },
        {
          kind: 'not',
          requirement: {
            kind: 'ip',
            networks: [{ address: '192.0.2.7', prefix: 32, family: 'ipv4' }],
          },
        },
        {
          kind: 'any',
          requirements: [
            { kind: 'group', names: ['staff'] },
            { kind: 'all', isGranted: false },
          ],
        },
        { kind: 'none', requirements: [{ kind: 'user', names: ['eve'] }] },
      ],
    },
  ])
})

describe('an address or network is', () => {
  for (const [word, address, prefix] of [
    ['10.1', '10.1.0.0', 16],
    ['10.', '10.0.0.0', 8],
    ['10.1.2.3', '10.1.2.3', 32],
    ['10.1.2.3/8', '10.1.2.3', 8],
    ['10.1.0.0/255.255.128.0', '10.1.0.0', 17],
    ['0.0.0.0/0', '0.0.0.0', 0],
    ['2001:DB8::/32', '2001:db8::', 32],
    ['::1', '::1', 128],
    ['::ffff:192.0.2.7', '192.0.2.7', 32],
    ['::ffff:10.0.0.0/104', '10.0.0.0', 8],
  ] as const) {
    test(word, () => {
      const family = address.includes(':') ? 'ipv6' : 'ipv4'
      assert.deepEqual(requirementOf(`Require ip ${word}`), [
        { kind: 'ip', networks: [{ address, prefix, family }] },
      ])
    })
  }

  for (const word of [
    '10.0/8',
    '10.1.2.3/33',
    '10.0.0.0/255.0.255.0',
    '1.2.3.4.5',
    '256.1',
    'fe80::1%eth0',
    '::1/129',
    'example.com',
    '10.1.2.3/8/8',
    '/8',
    '::ffff:10.0.0.0/64',
  ])
    test(`not ${word}`, () =>
      assert.match(read([`Require ip ${word}`]).told[0] ?? '', /^1:12: Expected an address or network/))
})

describe('what cannot be meant is told with its place', () => {
  for (const [lines, told] of [
    [['Require valid_user'], /^1:9: Expected all, ip, .*did you mean valid-user/],
    [['Require all allowed'], /^1:13: Expected granted or denied/],
    [['Require not user bob'], /^1:\d+: "not" and <RequireNone> grant nothing by themselves/],
    [['<RequireNone>', 'Require user bob', '</RequireNone>'], /grant nothing by themselves/],
    [
      ['<RequireAll>', 'Require all granted', 'Require not user bob', '</RequireAll>'],
      /^1:2: nobody would be asked/,
    ],
    [['<RequireAll>', 'Require not ip 10.1', '</RequireAll>'], /^1:2: <RequireAll> has nothing that grants/],
    [['<RequireAll>', '</RequireAll>'], /^1:2: Expected a Require in the section/],
    [
      ['<RequireAll>', 'Require all granted', 'Options None', '</RequireAll>'],
      /^3:1: Expected Require in a section of requirements, got "Options"/,
    ],
    [
      ['<RequireAll>', 'Require valid-user', 'Require ip 10/8', '</RequireAll>'],
      /^3:12: Expected an address/,
    ],
    [['<RequireAll now>', 'Require valid-user', '</RequireAll>'], /Expected .* got "now"/],
    [['Require user'], /^1:13: Expected a name, got nothing/],
    [['Require not not user bob'], /Expected a requirement behind "not"/],
  ] as const) {
    test(lines.join(' '), () => {
      const found = read(lines).told
      assert.equal(found.length, 1, found.join('\n'))
      assert.match(found[0] ?? '', told)
    })
  }
})

test('what Apache can ask for besides is told with what to write instead', () => {
  assert.deepEqual(read(['Require local', 'Require not host example.com', 'Require expr %{TIME}']).told, [
    '1:9: Cannot ask for "local": write "ip 127.0.0.0/8 ::1"',
    '2:13: Cannot ask for "host": names of clients are not looked up: write "ip" and their addresses',
    '3:9: Cannot ask for "expr": expressions are not known: write the requirement itself',
  ])
})
