import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pkg from '@yao-pkg/pkg/lib-es5/sea.js'
import { ARCHITECTURES, type Architecture } from './architectures.ts'
import type { Bundle } from './bundle.ts'
import { runTool } from './tools.ts'

/** In the blob that pkg has Node make: Node's documentation, "Single executable applications". */
const BLOB = {
  // From the folder that pkg makes in the temporary one: the blob holds this path, and must not tell where it was made.
  main: '../webserver.cjs',
  disableExperimentalSEAWarning: true,
  useSnapshot: false,
  // It would save 15 ms of 85, but no two of them are alike.
  useCodeCache: false,
  // A server that others start must not take orders from NODE_OPTIONS.
  execArgvExtension: 'none',
  // Nor does a signal open Node's debugger.
  execArgv: ['--disable-sigusr1'],
}

/**
 * The binary that runs the programs on the Node of a folder, made by pkg in `work`, a folder of its own; gives its path.
 *
 * pkg's own `exec` does not pass the settings of the blob on, hence the function below it.
 */
export async function makeBinary(
  { script, parts }: Bundle,
  architecture: Architecture,
  runtime: string,
  work: string,
): Promise<string> {
  const entry = join(work, 'webserver.cjs')
  writeFileSync(entry, script)
  const assets: Record<string, string> = {}
  for (const [name, code] of parts) {
    writeFileSync(join(work, name), code)
    assets[name] = `../${name}`
  }
  placeNode(architecture, runtime, work)

  const output = join(work, 'webserver')
  const target = {
    nodeRange: `node${process.versions.node}`,
    platform: 'linux',
    arch: architecture,
    output,
  } as const
  // Where pkg looks for Node, and makes its temporary folder.
  using _environment = changeEnvironment({ HOME: work, TMPDIR: work })
  await pkg.default(entry, { targets: [target], seaConfig: { ...BLOB, assets } })
  chmodSync(output, 0o755)
  return output
}

/** Puts Node, without the symbols that only a debugger needs, where pkg finds it instead of downloading one. */
function placeNode(architecture: Architecture, runtime: string, home: string): void {
  const archive = join(home, '.pkg-cache/sea', `node-${process.version}-linux-${architecture}`)
  const node = join(archive, 'bin/node')
  mkdirSync(join(archive, 'bin'), { recursive: true })
  const prefix = architecture === process.arch ? '' : ARCHITECTURES[architecture].binutils
  runTool(`${prefix}strip`, ['-o', node, join(runtime, 'bin/node')])
  // So pkg knows that a download and its unpacking are complete.
  for (const mark of [`${node}.ok`, `${archive}.tar.gz`, `${archive}.tar.gz.ok`]) writeFileSync(mark, '')
}

/** Puts the environment of this process back once disposed of. */
function changeEnvironment(changes: Readonly<Record<string, string>>): Disposable {
  const before = { ...process.env }
  Object.assign(process.env, changes)
  return {
    [Symbol.dispose]() {
      for (const name of Object.keys(changes)) delete process.env[name]
      Object.assign(process.env, before)
    },
  }
}
