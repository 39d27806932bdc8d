import assert from 'node:assert/strict'
import { mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { linesOf, logFiles } from './access-logs.ts'

async function allLines(folder: string, end: 'whole' | 'perhaps torn' = 'whole'): Promise<string[]> {
  const lines: string[] = []
  for (const path of logFiles(folder, 'access'))
    for await (const some of linesOf(path, end)) lines.push(...some)
  return lines
}

test('All files of a log are read, compressed ones too, and one that is there twice is read once', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'webserver-'))
  const write = (name: string, content: string | Buffer) => writeFileSync(join(folder.path, name), content)
  write('access.log', 'a\nb\n')
  write('access.log.2026-11-21.gz', gzipSync('c\n'.repeat(3)))
  write('access.log.2026-11-22', 'd\n')
  write('access.log.2026-11-22.gz', gzipSync('d\n'))
  write('access.log.2026-11-23', 'e\n')
  write('access.log.2026-11-23.gz.tmp', 'half')
  write('access.log.empty', '')
  write('error.log', 'x\n')
  assert.deepEqual((await allLines(folder.path)).sort(), ['a', 'b', 'c', 'c', 'c', 'd', 'e'])
})

test('A last line without an end is a fault, unless a kill may have torn it', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'webserver-'))
  writeFileSync(join(folder.path, 'access.log'), 'a\nb')
  await assert.rejects(allLines(folder.path), /Expected whole lines in .*access\.log, the last is "b"/)
  assert.deepEqual(await allLines(folder.path, 'perhaps torn'), ['a', 'b'])
})
