import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlFile } from './control.ts'

test('tells apt what the package needs, and how much room it takes in KiB', () => {
  const text = controlFile({
    version: '1.2.0',
    architecture: 'arm64',
    maintainer: 'Somebody <somebody@example.org>',
    dependencies: ['libc6 (>= 2.28)', 'libatomic1'],
    size: 2049,
  })
  assert.match(text, /^Package: webserver\nVersion: 1\.2\.0\nArchitecture: arm64\n/)
  assert.match(text, /^Installed-Size: 3\nDepends: libc6 \(>= 2\.28\), libatomic1\n/m)
})

test('has no line that would end its fields, or that a terminal would break', () => {
  const text = controlFile({ version: '1', architecture: 'amd64', maintainer: '', dependencies: [], size: 0 })
  for (const line of text.trimEnd().split('\n')) {
    assert.notEqual(line, '')
    assert.ok(line.length <= 80, line)
  }
})
