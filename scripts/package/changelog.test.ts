import assert from 'node:assert/strict'
import { test } from 'node:test'
import { debianChangelog } from './changelog.ts'

const RELEASE = {
  version: '1.2.0',
  maintainer: 'Somebody <somebody@example.org>',
  date: new Date('2026-11-22T20:54:18Z'),
}

test('tells apt what a version changes, and nothing of other versions', () => {
  const markdown = `# Changelog

## 1.2.0 (2026-11-22)

### Added

- A thing of which there is so much to be told that it takes more than one line of
  the kind Debian has.
- Another.

### Fixed

- A mistake.

## 1.1.0 (2026-10-01)

- An older thing.
`
  assert.equal(
    debianChangelog(markdown, RELEASE),
    `webserver (1.2.0) unstable; urgency=medium

  * A thing of which there is so much to be told that it takes more than one
    line of the kind Debian has.
  * Another.
  * A mistake.

 -- Somebody <somebody@example.org>  Sun, 22 Nov 2026 20:54:18 +0000
`,
  )
})

test('makes no package of a version that CHANGELOG.md does not know', () => {
  assert.throws(() => debianChangelog('# Changelog\n\n## 1.2.01\n\n- A thing.\n', RELEASE), {
    message: 'Expected changes of 1.2.0 in CHANGELOG.md, found none',
  })
})
