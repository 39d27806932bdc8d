import assert from 'node:assert/strict'
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { loadConfig } from '../config/load.ts'
import { Compressor } from '../content/compressor.ts'
import { eventually, temporaryFolder } from '../content/testing.ts'
import { RequestReader } from '../http/request-reader.ts'
import { formatResponseHead } from '../http/response-head.ts'
import { RepeatedResponse } from './repeated-response.ts'
import type { Response } from './response.ts'
import { ResponseBody } from './response-body.ts'
import { type Preparation, Site } from './site.ts'

const FRESH_FOR = 100
const TEXT = 'A line like any other, with a few words in it.\n'.repeat(40)

let folder: ReturnType<typeof temporaryFolder>
/** Long after all files were written, so that their times can be trusted; tests let it go on. */
let now: number

beforeEach(() => {
  folder = temporaryFolder()
  mkdirSync(join(folder.path, 'www'))
  now = Date.now() + 10_000
})
afterEach(() => folder[Symbol.dispose]())

/** Writes a file that was changed an hour ago. */
function write(name: string, content: string): void {
  const path = join(folder.path, 'www', name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  const time = Math.floor(Date.now() / 1000) - 3600
  utimesSync(path, time, time)
}

function open(...lines: readonly string[]): Site {
  const file = join(folder.path, 'webserver.conf')
  writeFileSync(file, ['DocumentRoot www', 'Listen 8080', ...lines, ''].join('\n'))
  const compressor = new Compressor(
    () => true,
    fault => assert.fail(String(fault)),
  )
  return new Site(loadConfig(file), compressor)
}

/** What goes over the wire for a GET that comes now. */
function ask(site: Site, path: string, ...fields: readonly string[]): string {
  const text = [`GET ${path} HTTP/1.1`, 'Host: webserver.example', ...fields, '', ''].join('\r\n')
  const received = site.familiar.recall(text) ?? read(site, text)
  if (received.request.kind !== 'request') throw new Error(`The request is ${received.request.kind}`)
  const response = whole(site.respond(received.request, now, received))
  using _file = response.file
  using _held = response.holds
  if (response instanceof RepeatedResponse) {
    const { bytes, body } = response.message(undefined)
    return bytes.toString('latin1') + (body?.toString('latin1') ?? '')
  }
  const body = new ResponseBody(response.parts, response.file)
  const bytes = Buffer.alloc(body.left)
  body.take(bytes, 0)
  return formatResponseHead(response.status, response.fields, undefined) + bytes.toString('latin1')
}

function read(site: Site, text: string) {
  const reader = new RequestReader()
  reader.push(text)
  const received = reader.read(site.parser)
  if (typeof received === 'string') throw new Error(`The request is ${received}`)
  return received
}

function whole(response: Response | Preparation): Response {
  if ('status' in response) return response
  for (;;) {
    const step = response.next()
    if (step.done === true) return step.value
  }
}

function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4)
}

describe('What has come is sent within a tenth of a second, however often others ask for what was sent instead', () => {
  const cases = [
    { line: 'FallbackResource /app.html', there: 'app.html', path: '/new.txt', comes: 'new.txt' },
    { line: 'DirectoryIndex index.html app.html', there: 'app.html', path: '/', comes: 'index.html' },
    { line: 'ErrorDocument 404 /app.html', there: 'app.html', path: '/new.txt', comes: 'new.txt' },
    { line: 'ErrorDocument 403 /app.html', there: 'app.html', path: '/folder/', comes: 'folder/index.html' },
  ]
  for (const { line, there, path, comes } of cases) {
    test(`${line}: ${comes}`, () => {
      write(there, 'instead')
      mkdirSync(join(folder.path, 'www/folder'))
      const site = open(line)
      const askAll = () => [`/${there}`, path, '/other.txt'].map(asked => bodyOf(ask(site, asked)))[1]
      for (let time = 0; time < 3; time++) assert.equal(askAll(), 'instead')
      write(comes, 'new')
      now += FRESH_FOR / 2
      askAll()
      now += FRESH_FOR / 2
      assert.equal(askAll(), 'new')
    })
  }

  test('Compress: the encoded form', { timeout: 10_000 }, async () => {
    write('page.html', TEXT)
    const site = open()
    const others = 'Accept-Encoding: identity'
    const encoded = await eventually(() => {
      now += FRESH_FOR / 2
      assert.equal(bodyOf(ask(site, '/page.html', others)), TEXT)
      const answer = ask(site, '/page.html', 'Accept-Encoding: gzip')
      return answer.includes('Content-Encoding: gzip') ? answer : undefined
    })
    assert.ok(bodyOf(encoded).length < TEXT.length)
  })
})
