/**
 * Makes what is installed, in dist/: a Debian package, and an archive for other distributions. One commit gives the
 * same bytes each time, and everywhere.
 *
 * Usage: npm run package [-- --arch x64 --arch arm64 --output FOLDER]; without --arch, for this machine
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { requireArchitecture } from './package/architectures.ts'
import { makeArchive } from './package/archive.ts'
import { makeBinary } from './package/binary.ts'
import { type Bundle, bundlePrograms } from './package/bundle.ts'
import type { Release } from './package/changelog.ts'
import { type Component, copyrightFile, npmComponent } from './package/copyright.ts'
import { makeDebianPackage } from './package/debian-package.ts'
import { nodeRuntime } from './package/node-runtime.ts'
import type { Parts } from './package/parts.ts'
import { payload } from './package/payload.ts'
import { billOfMaterials } from './package/sbom.ts'
import { hasTool, runTool } from './package/tools.ts'
import { readOptions } from './shared/read-options.ts'

const ROOT = join(import.meta.dirname, '..')

async function main(): Promise<void> {
  const values = readOptions(
    {
      arch: { type: 'string', multiple: true, default: [process.arch] },
      output: { type: 'string', default: join(ROOT, 'dist') },
    },
    'npm run package [-- --arch x64 --arch arm64 --output FOLDER]',
  )
  const architectures = values.arch.map(requireArchitecture)
  const output = resolve(values.output)
  const release = describeRelease()
  const bundle = await bundlePrograms(ROOT)
  mkdirSync(output, { recursive: true })
  for (const architecture of architectures) {
    const work = mkdtempSync(join(tmpdir(), 'webserver-package-'))
    try {
      await makePackages({ root: ROOT, release, architecture, work, output }, bundle)
    } finally {
      rmSync(work, { recursive: true })
    }
  }
}

async function makePackages(job: Omit<Parts, 'binary' | 'files'>, bundle: Bundle): Promise<void> {
  const { architecture, release, work } = job
  const runtime = nodeRuntime(architecture, ROOT, work)
  const binary = await makeBinary(bundle, architecture, runtime, work)
  const files = payload(ROOT, {
    binary,
    manual: makeManual(release, work),
    copyright: copyrightFile(componentsOf(bundle, runtime)),
    billOfMaterials: billOfMaterials({ root: ROOT, date: release.date, packages: bundle.packages, runtime }),
  })

  report(makeArchive({ ...job, binary, files }))
  if (hasTool('dpkg-deb')) report(makeDebianPackage({ ...job, binary, files }))
  else console.log('No Debian package: dpkg-deb is not here, install dpkg')
}

/** What the packages are a release of, and when: the time of the last commit, or SOURCE_DATE_EPOCH. */
function describeRelease(): Release {
  const { version, author } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const epoch =
    process.env['SOURCE_DATE_EPOCH'] ?? runTool('git', ['log', '-1', '--format=%ct'], { folder: ROOT })
  return { version, maintainer: author, date: new Date(Number(epoch) * 1000) }
}

function makeManual({ date }: Release, work: string): string {
  const folder = join(work, 'manual')
  runTool(process.execPath, [join(ROOT, 'scripts/manual.ts'), folder], {
    environment: { SOURCE_DATE_EPOCH: String(date.getTime() / 1000) },
  })
  return folder
}

function componentsOf({ packages }: Bundle, runtime: string): Component[] {
  return [
    { ...npmComponent(ROOT, '.'), files: '*' },
    ...packages.map(folder => npmComponent(ROOT, folder)),
    // Its licence is that of Node and of everything in it.
    { ...npmComponent(runtime, '.'), files: 'node/*', licence: 'Node.js' },
  ]
}

function report(path: string): void {
  console.log(`${path}  ${(statSync(path).size / 1024 ** 2).toFixed(1)} MiB`)
}

await main()
