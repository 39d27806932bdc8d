import assert from 'node:assert/strict'
import { closeSync, openSync, readSync } from 'node:fs'
import { test } from 'node:test'
import { readFully } from './found-file.ts'

test('reading goes on where the system gives less than was asked for', () => {
  // The kernel gives a page of this at a time, at most.
  const descriptor = openSync('/proc/self/maps', 'r')
  try {
    const bytes = Buffer.alloc(8000)
    assert.ok(readSync(descriptor, bytes, 0, bytes.length, 0) < bytes.length)
    assert.equal(readFully(descriptor, bytes, 100, bytes.length - 100, 0), bytes.length - 100)
    assert.equal(bytes.indexOf(0, 100), -1)
  } finally {
    closeSync(descriptor)
  }
})

test('reading ends with the file', () => {
  const descriptor = openSync('/proc/self/comm', 'r')
  try {
    const bytes = Buffer.alloc(1000)
    const read = readFully(descriptor, bytes, 0, bytes.length, 0)
    assert.equal(bytes.toString('latin1', read - 1, read), '\n')
  } finally {
    closeSync(descriptor)
  }
})
