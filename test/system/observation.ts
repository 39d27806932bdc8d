import { createHash } from 'node:crypto'
import { Client } from '../support/client.ts'
import type { Observation } from './differences.ts'
import { ETAG, FOLLOWER, FOLLOWER_CONTENT } from './http-requests.ts'
import { parseResponses, type RawResponse } from './raw-response.ts'

/** These must be there or not; their values are each server's own. */
const PRESENCE_ONLY = new Set(['date', 'server'])
/** What describes the page that goes with a status: each server's own. */
const OF_PAGES = new Set([
  ...['content-type', 'content-length', 'transfer-encoding'],
  ...['x-content-type-options', 'content-security-policy'],
])

/**
 * Sends a request and another behind it, and says what came of it: its `answer` (statuses, and whether the
 * connection goes on), its fields, its `body` and the `entries` of a listing.
 *
 * @param etag What {@link ETAG} stands for.
 */
export async function observe(port: number, request: string, etag: string): Promise<Observation> {
  using client = await Client.connect(port)
  client.send(request.replaceAll(ETAG, etag) + FOLLOWER)
  client.endSending()
  const { bytes } = await client.untilClosed()
  const method = /^\s*(\S*)/.exec(request)?.[1] ?? ''
  const responses = parseResponses(bytes, [method])
  const goesOn = responses.at(-1)?.body.toString() === FOLLOWER_CONTENT
  if (goesOn) responses.pop()

  const statuses = responses.map(({ status }) => (status === 0 ? 'a body alone' : status))
  const answer = [statuses.join(' and ') || 'none', goesOn ? 'goes on' : 'closes'].join(', ')
  const final = responses.find(({ status }) => status >= 200)
  return new Map([['answer', answer], ...(final === undefined ? [] : describe(final, request))])
}

function describe(response: RawResponse, request: string): [aspect: string, value: string][] {
  const isPage = response.status >= 300
  const isListing = request.includes('/listing/')
  const isMultipart = response.fields.get('content-type')?.startsWith('multipart/') === true
  const fields = [...response.fields]
    .filter(([name]) => !(OF_PAGES.has(name) && (isPage || isListing)))
    .filter(([name]) => !(name === 'content-length' && isMultipart))
    .map(([name, value]): [string, string] => [titleCase(name), describeField(name, value)])
  if (isPage || response.body.length === 0) return fields
  if (isListing) return [...fields, ['entries', entriesOf(response.body.toString())]]
  return [...fields, ['body', describeBody(response)]]
}

function titleCase(name: string): string {
  return name === 'etag' ? 'ETag' : name.replaceAll(/\b[a-z]/g, letter => letter.toUpperCase())
}

function describeField(name: string, value: string): string {
  if (PRESENCE_ONLY.has(name)) return 'present'
  if (name === 'allow') return value.split(/, */).sort().join(', ')
  if (name === 'expires') return 'a date'
  if (name === 'etag') return value.startsWith('W/') ? 'weak' : 'strong'
  return value.replace(/boundary=.*/, 'boundary=…')
}

/** Each part's Content-Range and content, or the content alone. */
function describeBody({ fields, body }: RawResponse): string {
  const boundary = /boundary="?([^"]*)/.exec(fields.get('content-type') ?? '')?.[1]
  if (boundary === undefined) return digest(body)
  const parts = body.toString('latin1').split(`--${boundary}`).slice(1, -1)
  return parts.map(describePart).join(', ')
}

function describePart(part: string): string {
  const headEnd = part.indexOf('\r\n\r\n')
  const range = /^content-range: *(.*)$/im.exec(part.slice(0, headEnd))?.[1]
  return `${range}: ${digest(Buffer.from(part.slice(headEnd + 4, -2), 'latin1'))}`
}

function digest(content: Buffer): string {
  const text = content.toString('latin1')
  if (/^[ -~\n]{0,50}$/.test(text)) return text.trimEnd()
  return `${content.length} bytes, ${createHash('sha256').update(content).digest('hex').slice(0, 8)}`
}

/** What a listing links to below itself, decoded. */
function entriesOf(html: string): string {
  const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, link = '']) => link)
  const entries = links.filter(link => !/^(?:[?/#]|\.\.\/|\w+:\/\/|data:)/.test(link)).map(decodeLink)
  return [...new Set(entries)].sort().join(' ')
}

function decodeLink(link: string): string {
  const text = link.replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&quot;', '"')
  return decodeURIComponent(text).replace(/^\.\//, '')
}
