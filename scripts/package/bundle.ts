import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

export interface Bundle {
  /** One CommonJS script with all of it. */
  readonly script: string
  /**
   * The folders of the npm packages that have gone into it, from the root of the checkout, sorted; and of those that they
   * depend on, even if nothing of theirs was read: some packages hold copies of others.
   */
  readonly packages: readonly string[]
}

/** Both programs and the packages they use as one script, for the Node that runs this. */
export async function bundlePrograms(root: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/multicall.ts'],
    outfile: 'webserver.cjs',
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    // What is injected into a binary is run as CommonJS.
    format: 'cjs',
    target: `node${process.versions.node}`,
    // Without their comments the scripts are read faster; names stay, for the stack traces in error reports.
    minifyWhitespace: true,
    minifySyntax: true,
    // Modules in a binary are in no folder.
    define: { 'import.meta.dirname': 'undefined' },
    // Every licence goes into the copyright file.
    legalComments: 'none',
    logLevel: 'warning',
  })
  return { script: outputFiles.map(({ text }) => text).join(''), packages: packagesOf(root, metafile.inputs) }
}

function packagesOf(root: string, inputs: object): string[] {
  const folders = Object.keys(inputs).flatMap(
    path => /^(?<folder>.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.groups?.['folder'] ?? [],
  )
  const packages = new Set(folders)
  // What is added meanwhile is gone through too.
  for (const folder of packages) for (const other of dependenciesOf(root, folder)) packages.add(other)
  return [...packages].sort()
}

/** The folders of the packages that one depends on, from the root of the checkout, each the one that Node would find. */
export function dependenciesOf(root: string, folder: string): string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  return Object.keys(dependencies).map(name => {
    const places = ancestors(folder).map(ancestor => join(ancestor, 'node_modules', name))
    const found = places.find(place => existsSync(join(root, place, 'package.json')))
    if (found === undefined) throw new Error(`Expected ${name} for ${folder}, found none: run npm install`)
    return found
  })
}

/** The folders whose node_modules are looked through for the packages that one uses, the nearest first. */
function ancestors(folder: string): string[] {
  const cut = folder.lastIndexOf('/node_modules/')
  return folder === '.' ? ['.'] : [folder, ...ancestors(cut < 0 ? '.' : folder.slice(0, cut))]
}
