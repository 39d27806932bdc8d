import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library'
import { dependenciesOf } from './bundle.ts'

/** What a binary is made of. */
export interface Ingredients {
  /** The checkout. */
  readonly root: string
  /** When it was released. */
  readonly date: Date
  /** The folders of npm packages in the bundle, from the root of the checkout. */
  readonly packages: readonly string[]
  /** The folder of the npm package with Node. */
  readonly runtime: string
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly description?: string
}

/** What else Node says of itself among the versions of its parts: interfaces, data and Node. */
const NO_PARTS: ReadonlySet<string> = new Set(['node', 'modules', 'napi', 'cldr', 'tz', 'unicode'])
/** The parts that are known by a longer name. */
const PART_NAMES: Readonly<Record<string, string>> = { ares: 'c-ares', uv: 'libuv' }

/**
 * The software bill of materials: everything in a binary with its version, in CycloneDX 1.6 as JSON. Without a number
 * of its own and with the time of the release, so that it is the same whenever and wherever it is made.
 *
 * Throws an Error when the Node in the binary is another than runs this, whose parts are listed.
 *
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function billOfMaterials({ root, date, packages, runtime }: Ingredients): string {
  const lock = readJson(join(root, 'package-lock.json')).packages
  const byFolder = new Map(packages.map(folder => [folder, npmComponent(readManifest(root, folder))]))
  const refsOf = (folders: readonly string[]) =>
    new Models.BomRefRepository(folders.flatMap(folder => byFolder.get(folder)?.bomRef ?? []))
  for (const [folder, component] of byFolder) {
    addHash(component, lock[folder]?.integrity)
    component.dependencies = refsOf(dependenciesOf(root, folder))
  }

  const node = nodeComponent(readManifest(runtime, '.'))
  addHash(node, lock[`node_modules/${readManifest(runtime, '.').name}`]?.integrity)

  const own = readManifest(root, '.')
  const url = `pkg:generic/${own.name}@${own.version}`
  const program = new Models.Component(Enums.ComponentType.Application, own.name, describe(own, url))
  program.dependencies = refsOf(dependenciesOf(root, '.'))
  program.dependencies.add(node.bomRef)

  const bom = new Models.Bom({
    metadata: new Models.Metadata({ timestamp: date, component: program }),
    components: new Models.ComponentRepository([node, ...byFolder.values()]),
  })
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6))
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`
}

function npmComponent(manifest: Manifest): Models.Component {
  const [scope, name] = manifest.name.startsWith('@') ? manifest.name.split('/') : [undefined, manifest.name]
  const group = scope === undefined ? {} : { group: scope }
  return new Models.Component(Enums.ComponentType.Library, name ?? manifest.name, {
    ...describe(manifest, npmUrl(manifest)),
    ...group,
  })
}

/** Node by the name under which it is known to have faults, with the parts in which others may be. */
function nodeComponent(manifest: Manifest): Models.Component {
  const { version } = manifest
  if (version !== process.versions.node) {
    throw new Error(
      `Expected the Node that runs this, ${process.versions.node}, in the package, got ${version}`,
    )
  }
  const parts = Object.entries(process.versions)
    .filter(([name, version]) => !NO_PARTS.has(name) && version)
    .map(([name, version = '']) => nodePart(PART_NAMES[name] ?? name, version))
  return new Models.Component(Enums.ComponentType.Platform, 'node', {
    ...describe(manifest, npmUrl(manifest)),
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:-:*:*:*`,
    components: new Models.ComponentRepository(parts),
  })
}

function nodePart(name: string, version: string): Models.Component {
  const purl = `pkg:generic/${name}@${encodeURIComponent(version)}`
  return new Models.Component(Enums.ComponentType.Library, name, { version, purl, bomRef: `node|${purl}` })
}

function describe({ version, license, description }: Manifest, purl: string) {
  return {
    version,
    purl,
    bomRef: purl,
    licenses: new Models.LicenseRepository([new Models.SpdxLicense(license)]),
    ...(description === undefined ? {} : { description }),
  }
}

function npmUrl({ name, version }: Manifest): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

/** @param integrity As package-lock.json has it, of the archive from the registry. */
function addHash(component: Models.Component, integrity: string | undefined): void {
  if (integrity === undefined)
    throw new Error(`Expected ${component.name} in package-lock.json: run npm install`)
  const hex = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex')
  component.hashes.set(Enums.HashAlgorithm['SHA-512'], hex)
}

function readManifest(root: string, folder: string): Manifest {
  return readJson(join(root, folder, 'package.json'))
}

function readJson(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
