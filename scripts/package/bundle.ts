import { build } from 'esbuild'

export interface Bundle {
  /** One CommonJS script with all of it. */
  readonly script: string
  /** The folders of the npm packages that have gone into it, from the root of the checkout, sorted. */
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
  return { script: outputFiles.map(({ text }) => text).join(''), packages: packagesOf(metafile.inputs) }
}

function packagesOf(inputs: object): string[] {
  const folders = Object.keys(inputs).flatMap(
    path => /^(?<folder>.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.groups?.['folder'] ?? [],
  )
  return [...new Set(folders)].sort()
}
