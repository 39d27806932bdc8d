import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Argument, parseSync, Visitor } from 'oxc-parser'

const ROOT = join(import.meta.dirname, '..')
const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8')
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

interface LockedPackage {
  readonly dev?: true
  readonly optional?: true
  readonly dependencies?: Readonly<Record<string, string>>
}

const { packages: locked }: { packages: Readonly<Record<string, LockedPackage>> } = JSON.parse(
  readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
)

/** A test by its file and its name. */
interface Proof {
  readonly file: string
  readonly name: string
}

/** The tests that a text names, as `file`: "name", "name". */
function proofsIn(text: string): Proof[] {
  return [...text.matchAll(/`((?:src|scripts|test)\/[^`]+\.(?:ts|md))`: ("[^"]+"(?:, "[^"]+")*)/g)].flatMap(
    ([, file = '', names = '']) => [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => ({ file, name })),
  )
}

/** The names of what a file tests: alone, and behind that of the group it stands in. */
function namesIn(file: string): ReadonlySet<string> {
  const text = readFileSync(join(ROOT, file), 'utf8')
  if (file.endsWith('.md')) return new Set([...text.matchAll(/^##+ (.+)$/gm)].map(([, name = '']) => name))

  const names = new Set<string>()
  const groups: string[] = []
  new Visitor({
    CallExpression({ callee, arguments: [first] }) {
      if (callee.type !== 'Identifier' || (callee.name !== 'test' && callee.name !== 'describe')) return
      const name = nameOf(first)
      if (callee.name === 'describe') groups.push(name)
      else for (const start of [[], groups]) names.add([...start, name].join(' '))
    },
    'CallExpression:exit'({ callee }) {
      if (callee.type === 'Identifier' && callee.name === 'describe') groups.pop()
    },
  }).visit(parseSync(file, text).program)
  return names
}

/** What a name is made of as it runs is written as an ellipsis. */
function nameOf(argument: Argument | undefined): string {
  if (argument?.type === 'Literal') return String(argument.value)
  if (argument?.type === 'TemplateLiteral') return argument.quasis.map(({ value }) => value.cooked).join('…')
  return '…'
}

test('every test that docs/security.md names is there', () => {
  const proofs = proofsIn(page)
  assert.ok(proofs.length > 0)
  const missing = proofs.filter(({ file, name }) => !existsSync(join(ROOT, file)) || !namesIn(file).has(name))
  assert.deepEqual(missing, [])
})

test('every attack in docs/security.md has its proof', () => {
  const [, attacks = ''] = /^## Attacks$(.*?)^## /ms.exec(page) ?? []
  const rows = attacks.split('\n').filter(line => /^\| (?!attack |---)/.test(line))
  assert.ok(rows.length > 0)
  for (const row of rows) {
    const [, attack = '', , proof = ''] = row.split(' | ').join('|').split('|')
    assert.notDeepEqual(proofsIn(proof), [], attack)
  }
})

test('every dependency has its line in docs/security.md, with the number of packages it brings', () => {
  const [, table = ''] = /^## What it is made of$(.*)/ms.exec(page) ?? []
  const listed = [...table.matchAll(/^\| `([^`]+)` \| (\d+) \|/gm)].map(([, name, count]) => [
    name,
    Number(count),
  ])
  const expected = Object.keys(dependencies).map(name => [name, broughtBy(`node_modules/${name}`).size])
  assert.deepEqual(listed.sort(), expected.sort())
})

test('docs/security.md counts what the server is made of', () => {
  const all = new Set(Object.keys(dependencies).flatMap(name => [...broughtBy(`node_modules/${name}`)]))
  assert.match(page, new RegExp(`direct dependencies bring ${all.size} packages`))
})

/** The packages that one needs, itself included, by their folders. */
function broughtBy(folder: string, known = new Set<string>()): Set<string> {
  if (known.has(folder)) return known
  known.add(folder)
  for (const name of Object.keys(locked[folder]?.dependencies ?? {})) {
    const nested = `${folder}/node_modules/${name}`
    broughtBy(nested in locked ? nested : `node_modules/${name}`, known)
  }
  return known
}
