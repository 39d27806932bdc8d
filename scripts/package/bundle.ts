import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type BuildOptions, build, transform } from 'esbuild'

export interface Bundle {
  /** The CommonJS script that begins, and loads the parts as they are needed. */
  readonly script: string
  /** CommonJS modules of ASCII by their names, which they require each other by. */
  readonly parts: ReadonlyMap<string, string>
  /**
   * The folders of the npm packages that have gone into it, from the root of the checkout, sorted; and of those that they
   * depend on, even if nothing of theirs was read: some packages hold copies of others.
   */
  readonly packages: readonly string[]
}

const OPTIONS = {
  write: false,
  bundle: true,
  platform: 'node',
  target: `node${process.versions.node}`,
  // Without their comments the scripts are read faster; names stay, for the stack traces in error reports.
  minifyWhitespace: true,
  minifySyntax: true,
  // Modules in a binary are in no folder.
  define: { 'import.meta.dirname': 'undefined' },
  // Every licence goes into the copyright file.
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions

/** Both programs and the packages they use, for the Node that runs this. */
export async function bundlePrograms(root: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    absWorkingDir: root,
    entryPoints: ['src/multicall.ts'],
    outdir: 'parts',
    metafile: true,
    // Which esbuild does for this format only.
    splitting: true,
    format: 'esm',
  })
  const parts = new Map<string, string>()
  for (const { path, text } of outputFiles) parts.set(basename(path), await commonJs(text))
  return { script: await bundleLoader(root), parts, packages: packagesOf(root, metafile.inputs) }
}

/** What is injected into a binary is run as CommonJS. */
async function bundleLoader(root: string): Promise<string> {
  const { outputFiles } = await build({
    ...OPTIONS,
    absWorkingDir: root,
    entryPoints: ['scripts/package/part-loader.ts'],
    format: 'cjs',
  })
  return outputFiles.map(({ text }) => text).join('')
}

async function commonJs(module: string): Promise<string> {
  const { code } = await transform(module, {
    target: OPTIONS.target,
    platform: 'node',
    format: 'cjs',
    minifyWhitespace: true,
    // It becomes a require: what is asked for is in the binary.
    supported: { 'dynamic-import': false },
  })
  if (/[^\0-\x7f]/.test(code)) throw new Error('Expected a part of ASCII, as the loader reads it')
  return code
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
