import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/load.ts'
import { Compressor } from '../../src/encoding/compressor.ts'
import { ResponseBody } from '../../src/exchange/response-body.ts'
import { type ReceivedRequest, RequestReader } from '../../src/http/request/request-reader.ts'
import { formatResponseHead } from '../../src/http/response/response-head.ts'
import { RepeatedResponse } from '../../src/site/repeated-response.ts'
import type { Response } from '../../src/site/response.ts'
import { type Preparation, Site } from '../../src/site/site.ts'

/** For tests: a site below a folder that has its files in `www`. */
export function openSite(folder: string, ...lines: readonly string[]): Site {
  const file = join(folder, 'webserver.conf')
  writeFileSync(file, ['DocumentRoot www', 'Listen 8080', ...lines, ''].join('\n'))
  const compressor = new Compressor(
    () => true,
    fault => assert.fail(String(fault)),
  )
  return new Site(loadConfig(file), compressor)
}

/**
 * For tests: what goes over the wire for a GET, as a byte string.
 *
 * @param now Milliseconds since the epoch.
 */
export function ask(site: Site, now: number, path: string, ...fields: readonly string[]): string {
  const text = [`GET ${path} HTTP/1.1`, 'Host: webserver.example', ...fields, '', ''].join('\r\n')
  const received = site.familiar.recall(text) ?? receive(site, text)
  if (received.request.kind !== 'request') throw new Error(`The request is ${received.request.kind}`)
  const response = prepare(site.respond(received.request, now, received))
  using _file = response.file
  using _held = response.holds
  return response instanceof RepeatedResponse ? repeat(response) : putTogether(response)
}

function receive(site: Site, text: string): ReceivedRequest {
  const reader = new RequestReader()
  reader.push(text)
  const received = reader.read(site.parser)
  if (typeof received === 'string') throw new Error(`The request is ${received}`)
  return received
}

function prepare(response: Response | Preparation): Response {
  if ('status' in response) return response
  for (;;) {
    const step = response.next()
    if (step.done === true) return step.value
  }
}

function repeat(response: RepeatedResponse): string {
  const { bytes, body } = response.message(undefined)
  return bytes.toString('latin1') + (body?.toString('latin1') ?? '')
}

function putTogether({ status, fields, parts, file }: Response): string {
  const body = new ResponseBody(parts, file)
  const bytes = Buffer.alloc(body.left)
  body.take(bytes, 0)
  return formatResponseHead(status, fields, undefined) + bytes.toString('latin1')
}
