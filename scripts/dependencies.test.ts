import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

interface LockedPackage {
  readonly dev?: true
  readonly optional?: true
  readonly hasInstallScript?: true
  readonly integrity?: string
}

const ROOT = join(import.meta.dirname, '..')
const read = (name: string) => JSON.parse(readFileSync(join(ROOT, name), 'utf8'))
const locked = Object.entries<LockedPackage>(read('package-lock.json').packages).filter(
  ([path]) => path !== '',
)

test('nothing that the server is made of runs a program when it is installed', () => {
  const running = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true)
  assert.deepEqual(
    running.map(([path, { dev }]) => `${path}${dev ? ', to develop with' : ''}`),
    // It would only look whether the binary that it brings starts, and is not run either: npm start ignores scripts.
    ['node_modules/esbuild, to develop with'],
  )
})

test('every dependency is pinned to one version, and every package to its bytes', () => {
  const { dependencies, devDependencies, optionalDependencies } = read('package.json')
  for (const [name, version] of Object.entries({
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
  })) {
    assert.match(String(version), /^\d+\.\d+\.\d+$/, name)
  }
  for (const [path, { integrity = '' }] of locked) assert.match(integrity, /^sha512-/, path)
})
