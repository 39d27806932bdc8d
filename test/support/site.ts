import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/load.ts'
import { Compressor } from '../../src/encoding/compressor.ts'
import { ResponseBody } from '../../src/exchange/response-body.ts'
import type { Peer } from '../../src/http/request/peer.ts'
import { type ReceivedRequest, RequestReader } from '../../src/http/request/request-reader.ts'
import { formatResponseHead } from '../../src/http/response/response-head.ts'
import type { Identity } from '../../src/site/access.ts'
import { CachedResponse } from '../../src/site/cached-response.ts'
import type { LocalEnd } from '../../src/site/host-table.ts'
import type { Preparation, Reply, Response } from '../../src/site/response.ts'
import { Site } from '../../src/site/site.ts'
import type { AccessStep } from '../../src/site/step.ts'
import { openAccounts } from './accounts.ts'

const PEER: Peer = { address: '192.0.2.1', port: 50_000 }
const LOCAL: LocalEnd = { localAddress: '192.0.2.80', localPort: 8080 }

/** A site below a folder that has its files in `www`. */
export function openSite(folder: string, lines: readonly string[], access: readonly AccessStep[] = []): Site {
  const file = join(folder, 'webserver.conf')
  writeFileSync(file, ['DocumentRoot www', 'Listen 8080', ...lines, ''].join('\n'))
  const compressor = new Compressor(
    () => true,
    fault => assert.fail(String(fault)),
  )
  return new Site(loadConfig(file), compressor, openAccounts(), access)
}

/**
 * What goes over the wire for a GET, as a byte string.
 *
 * @param now Milliseconds since the epoch.
 */
export function ask(site: Site, now: number, path: string, ...fields: readonly string[]): string {
  return answerTo(site, requestText('GET', path, fields), PEER, now)
}

/** A request, as a byte string. */
export function requestText(method: string, path: string, fields: readonly string[]): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: webserver.example', ...fields, '', ''].join('\r\n')
}

/**
 * What goes over the wire for a request, as a byte string.
 *
 * @param now Milliseconds since the epoch.
 */
export function answerTo(
  site: Site,
  text: string,
  peer: Peer,
  now: number,
  local = LOCAL,
  identity?: Identity,
): string {
  const received = site.cache.recall(text) ?? receive(site, text)
  const { request } = received
  if (request.kind !== 'request') throw new Error(`The request is ${request.kind}`)
  const { response } = prepare(
    site.respond({ request, peer, local, identity, serverState: 'running', now }, received),
  )
  using _file = response.file
  using _held = response.holds
  return response instanceof CachedResponse ? repeat(response) : putTogether(response)
}

/** As {@link answerTo}, once it is found out who asks. */
export async function answerToUser(site: Site, text: string, peer: Peer, now: number): Promise<string> {
  const received = site.cache.recall(text) ?? receive(site, text)
  const identity = await site.identify(received, peer, LOCAL, now)
  return answerTo(site, text, peer, now, LOCAL, identity)
}

function receive(site: Site, text: string): ReceivedRequest {
  const reader = new RequestReader()
  reader.push(text)
  const received = reader.read(site.parser)
  if (typeof received === 'string') throw new Error(`The request is ${received}`)
  return received
}

function prepare(reply: Reply | Preparation): Reply {
  if ('response' in reply) return reply
  for (;;) {
    const step = reply.next()
    if (step.done === true) return step.value
  }
}

function repeat(response: CachedResponse): string {
  const { bytes, body } = response.message(undefined)
  return bytes.toString('latin1') + (body?.toString('latin1') ?? '')
}

function putTogether({ status, fields, parts, file }: Response): string {
  const body = new ResponseBody(parts, file)
  const bytes = Buffer.alloc(body.left)
  body.take(bytes, 0)
  return formatResponseHead(status, fields, undefined) + bytes.toString('latin1')
}
