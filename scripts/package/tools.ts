import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where Debian keeps the tools that not every machine has; other distributions name the package alike. */
const PACKAGES: Readonly<Record<string, string>> = {
  strip: 'binutils',
  'x86_64-linux-gnu-strip': 'binutils-x86-64-linux-gnu',
  'aarch64-linux-gnu-strip': 'binutils-aarch64-linux-gnu',
  readelf: 'binutils',
  'dpkg-deb': 'dpkg',
  tar: 'tar',
  npm: 'npm',
}

export interface ToolOptions {
  readonly folder?: string
  readonly environment?: NodeJS.ProcessEnv
}

/**
 * What a tool of the system prints.
 *
 * Throws an Error that names the package when the tool is missing, and what the tool says when it fails.
 */
export function runTool(
  tool: string,
  args: readonly string[],
  { folder, environment }: ToolOptions = {},
): string {
  try {
    return execFileSync(tool, args, {
      cwd: folder,
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...environment },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 ** 2,
    })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if ('code' in error && error.code === 'ENOENT') {
      throw new Error(`Could not run ${tool}: not found, install ${PACKAGES[tool] ?? tool}`, { cause: error })
    }
    const said = 'stderr' in error ? String(error.stderr).trim() : error.message
    throw new Error(`Could not run ${tool} ${args.join(' ')}: ${said}`, { cause: error })
  }
}

/** Whether a tool is there to be run. */
export function hasTool(tool: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some(folder => existsSync(join(folder, tool)))
}
