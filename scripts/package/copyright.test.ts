import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { copyrightFile, holdersIn, npmComponent } from './copyright.ts'

test('names everybody who holds the copyright, and no word of the terms', () => {
  const text = `(The MIT License)

Copyright (c) 2014 Jane Doe <jane@example.org>
 * Copyright © 2015-2022 John Doe
Copyright the contributors.

The above copyright notice and this permission notice shall be included in
## Copyright

Each contributor licenses you to do everything
`
  assert.deepEqual(holdersIn(text), [
    '2014 Jane Doe <jane@example.org>',
    '2015-2022 John Doe',
    'the contributors.',
  ])
})

test('keeps the terms word for word, in the form that Debian reads', () => {
  const text = copyrightFile([
    {
      files: 'node_modules/thing/*',
      holders: ['2014 Jane', '2015 John'],
      licence: 'Expat',
      text: 'Terms\n\n  More\n',
    },
  ])
  assert.equal(
    text,
    `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: webserver

Files: node_modules/thing/*
Copyright: 2014 Jane
 2015 John
License: Expat
 Terms
 .
   More
`,
  )
})

test('finds the licence of a package, under the name that Debian has for it', () => {
  const root = join(import.meta.dirname, '../..')
  const { files, licence, holders } = npmComponent(root, 'node_modules/winston')
  assert.deepEqual(
    { files, licence, holders },
    {
      files: 'node_modules/winston/*',
      licence: 'Expat',
      holders: ['2010 Charlie Robbins'],
    },
  )
})
