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

test('compresses what is sent as an application, a picture, a font or a model, and is not packed', () => {
  const expected = {
    application:
      'ecmascript graphql javascript json json5 postscript rtf sql toml vnd.ms-fontobject wasm x-httpd-php x-javascript ' +
      'x-ndjson x-ns-proxy-autoconfig x-perl x-sh x-sql x-tex xml xml-dtd yaml',
    font: 'collection otf ttf',
    image: 'bmp vnd.microsoft.icon x-icon x-ms-bmp svg+xml',
    message: 'rfc822',
    model: 'mtl obj stl vrml',
  }
  for (const [type, names] of Object.entries(expected)) {
    for (const name of names.split(' ')) assert.ok(isCompressible(`${type}/${name}`), `${type}/${name}`)
  }
})

test('keeps what saves a tenth, and not what saves less', () => {
  assert.ok(isWorthwhile(1000, 900))
  assert.ok(!isWorthwhile(1000, 901))
})
