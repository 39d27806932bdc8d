/**
 * Runs the tests in the files named, or every test but those of test/system, with node's runner; with coverage also
 * without the exhaustive ones. Fails when a test fails, and also when nothing ran: no file matched, or a file holds
 * no test.
 *
 * Usage: run-tests.ts [--coverage] [pattern ...]
 */
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'

/** Milliseconds. A file that leaves something open keeps the runner waiting: the second limit ends that. */
const TEST_LIMIT = 600_000
const RUN_LIMIT = 2_700_000

const { values, positionals } = parseArgs({
  options: { coverage: { type: 'boolean', default: false } },
  allowPositionals: true,
})

// What comes out of it compiled is not counted.
if (values.coverage) delete process.env['NODE_COMPILE_CACHE']
/** Without these, whose millions of steps take minutes while they are counted, and reach no line that others do not. */
const UNCOUNTED = values.coverage ? ['**/*.exhaustive.test.ts'] : []

const files =
  positionals.length > 0
    ? globSync(positionals)
    : globSync('{src,scripts,test}/**/*.test.ts', {
        exclude: ['test/system/**', '**/node_modules/**', ...UNCOUNTED],
      })
if (files.length === 0)
  fail(`Expected test files, found none: ${positionals.join(' ') || 'src scripts test'}`)

const filesWithoutTests = new Set(files.map(file => resolve(file)))
let testsRun = 0

run({
  files: files.sort(),
  // Most of a test is waiting for another process.
  concurrency: availableParallelism() + 1,
  timeout: TEST_LIMIT,
  signal: AbortSignal.timeout(RUN_LIMIT),
  coverage: values.coverage,
  coverageIncludeGlobs: ['src/**/*.ts'],
  coverageExcludeGlobs: ['**/*.test.ts'],
})
  // There is one summary for each file that holds a test, and one without a file for them all.
  .on('test:summary', ({ file, counts, success }) => {
    if (file !== undefined) {
      filesWithoutTests.delete(file)
      testsRun += counts.tests - counts.skipped
    } else if (!success) {
      process.exitCode = 1
    }
  })
  .compose(spec())
  .on('end', () => {
    if (filesWithoutTests.size > 0)
      fail(`Expected a test in each file, found none: ${[...filesWithoutTests].join(' ')}`)
    if (testsRun === 0) fail('Expected tests to run, all were skipped')
  })
  .pipe(process.stdout)

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
