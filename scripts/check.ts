/**
 * Answers "is it ok?": runs every check of the project, each also when one before it failed, and names those
 * that did. The exit status is 1 when any failed.
 */
import { spawnSync } from 'node:child_process'

const CHECKS = [
  { name: 'types', script: ['node_modules/.bin/tsc', '--noEmit'] },
  { name: 'format and lint', script: ['node_modules/.bin/biome', 'check', '--error-on-warnings'] },
  { name: 'import directions', script: ['scripts/check-imports.ts'] },
  { name: 'unused code and dependencies', script: ['node_modules/.bin/knip', '--no-progress'] },
  { name: 'tests and their coverage', script: ['scripts/run-tests.ts', '--coverage'] },
]

const failed = CHECKS.filter(({ name, script }) => {
  console.log(`\n== ${name}`)
  return spawnSync(process.execPath, script, { stdio: 'inherit' }).status !== 0
})

if (failed.length > 0) {
  console.error(`\nFailed: ${failed.map(({ name }) => name).join(', ')}`)
  process.exitCode = 1
} else {
  console.log('\nAll checks passed')
}
