import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCompressible, isWorthwhile } from './compressible.ts'

test('compresses text whatever it is called, and nothing that is packed already', () => {
  for (const type of [
    'text/html',
    'text/html; charset=utf-8',
    'Text/CSS',
    'text/anything',
    'application/json',
    'application/json;charset=utf-8',
    'application/manifest+json',
    'application/atom+xml',
    'image/svg+xml',
    'application/wasm',
    'font/ttf',
  ]) {
    assert.ok(isCompressible(type), type)
  }
  for (const type of [
    'image/png',
    'video/mp4',
    'font/woff2',
    'application/zip',
    'application/gzip',
    'application/octet-stream',
    'application/pdf; note="text/html"',
    '',
  ]) {
    assert.ok(!isCompressible(type), type)
  }
})

test('keeps what saves a tenth, and not what saves less', () => {
  assert.ok(isWorthwhile(1000, 900))
  assert.ok(!isWorthwhile(1000, 901))
})
