import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { bundlePrograms } from './bundle.ts'
import { billOfMaterials } from './sbom.ts'

const ROOT = join(import.meta.dirname, '../..')
const { packages } = await bundlePrograms(ROOT)
const runtime = join(ROOT, 'node_modules', `node-linux-${process.arch}`)
const date = new Date('2026-11-22T20:54:18Z')

interface Component {
  readonly 'bom-ref': string
  readonly name: string
  readonly group?: string
  readonly version: string
  readonly purl: string
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
  readonly components?: readonly Component[]
}

interface Bom {
  readonly serialNumber?: string
  readonly metadata: { readonly timestamp: string; readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[]
}

function make(): Bom {
  return JSON.parse(billOfMaterials({ root: ROOT, date, packages, runtime }))
}

test('the bill of materials is what CycloneDX says it must be', async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6)
  const text = billOfMaterials({ root: ROOT, date, packages, runtime })
  assert.equal(await validator.validate(text), null)
  assert.notEqual(await validator.validate(text.replace('"type": "library"', '"type": "book"')), null)
})

test('it lists each package in the bundle and what that needs, with the version and the checksum that package-lock.json pins', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages
  const { components } = make()
  const listed = components.filter(({ name }) => name !== 'node')
  const expected = packages.map(folder => {
    const { name } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
    const { version, integrity } = lock[folder]
    return `${name}@${version} ${integrity}`
  })
  const shown = listed.map(({ group, name, version, hashes }) => {
    const [hash] = hashes ?? []
    assert.equal(hash?.alg, 'SHA-512')
    const integrity = Buffer.from(hash.content, 'hex').toString('base64')
    return `${group === undefined ? '' : `${group}/`}${name}@${version} sha512-${integrity}`
  })
  assert.deepEqual(shown.sort(), expected.sort())
})

test('it lists packages of which another has brought a copy', () => {
  const names = make().components.map(({ name }) => name)
  for (const name of ['colorspace', 'color', 'color-string', 'color-convert', 'color-name', 'text-hex']) {
    assert.ok(names.includes(name), name)
  }
})

test('it lists Node and what Node is made of, OpenSSL and V8 among it', () => {
  const node = make().components.find(({ name }) => name === 'node')
  assert.equal(node?.version, process.versions.node)
  const parts = Object.fromEntries((node.components ?? []).map(({ name, version }) => [name, version]))
  const { openssl, v8, uv, zlib, llhttp } = process.versions
  const { openssl: a, v8: b, libuv: c, zlib: d, llhttp: e } = parts
  assert.deepEqual([a, b, c, d, e], [openssl, v8, uv, zlib, llhttp])
})

test('everything in it is there because the program needs it, or what the program needs', () => {
  const { metadata, components, dependencies } = make()
  const needs = new Map(dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn]))
  const reached = new Set<string>()
  const reach = (ref: string): void => {
    if (reached.has(ref)) return
    reached.add(ref)
    for (const other of needs.get(ref) ?? []) reach(other)
  }
  reach(metadata.component['bom-ref'])
  for (const component of components) assert.ok(reached.has(component['bom-ref']), component.purl)
})

test('it is the same each time and everywhere', () => {
  const bom = make()
  assert.deepEqual(bom, make())
  assert.equal(bom.serialNumber, undefined)
  assert.equal(bom.metadata.timestamp, '2026-11-22T20:54:18.000Z')
  assert.doesNotMatch(JSON.stringify(bom), new RegExp(RegExp.escape(ROOT)))
})
