import type { Dice } from './dice.ts'
import type { Page } from './site.ts'

/** A request, and what this server must answer to it. */
export interface PlannedRequest {
  /** In the ledger. */
  readonly number: number
  /** Head and body, each character a byte. */
  readonly text: string
  readonly method: string
  readonly statuses: readonly number[]
  /** What its answer holds when it is 200 or 206. */
  readonly page: Page | undefined
  /** What it is asked for of the page, by first and last byte. */
  readonly ranges: readonly (readonly [first: number, last: number])[]
}

/** What the requests are made of. */
export interface Ingredients {
  readonly dice: Dice
  readonly pages: readonly Page[]
  /** Entity-tags of the plain pages by their paths, as far as they have been told. */
  readonly tags: ReadonlyMap<string, string>
}

/** What makes a request what it is; what is left out is as in a plain GET. */
interface Draft {
  readonly method?: string
  readonly path?: string
  /** What follows the token in the query. */
  readonly more?: string
  readonly version?: string
  readonly host?: string
  readonly fields?: readonly string[]
  readonly body?: string
  readonly statuses: readonly number[]
  readonly page?: Page
  readonly ranges?: PlannedRequest['ranges']
}

interface Kind {
  readonly weight: number
  make(ingredients: Ingredients, page: Page): Draft
}

const OK = [200]
const CODINGS = [
  'gzip',
  'br',
  'zstd',
  'gzip, br',
  'zstd, br;q=0.5, gzip;q=0.1',
  'br;q=0, gzip',
  '*;q=0.1',
  'identity',
]
const LATER = 'Fri, 01 Mar 2024 00:00:00 GMT'
const EARLIER = 'Wed, 28 Feb 2024 00:00:00 GMT'

/** What is asked for so that it is found. */
const FOUND: readonly Kind[] = [
  { weight: 40, make: (_, page) => ({ page, statuses: OK }) },
  {
    weight: 20,
    make: ({ dice }, page) => ({ page, statuses: OK, fields: [`Accept-Encoding: ${dice.pick(CODINGS)}`] }),
  },
  { weight: 6, make: (_, page) => ({ method: 'HEAD', page, statuses: OK }) },
  {
    weight: 2,
    make: ({ dice }, page) => ({
      method: 'HEAD',
      page,
      statuses: OK,
      fields: [`Accept-Encoding: ${dice.pick(CODINGS)}`],
    }),
  },
  // HTTP/1.0 without and with a connection that lasts.
  { weight: 0.5, make: (_, page) => ({ version: 'HTTP/1.0', page, statuses: OK }) },
  {
    weight: 1,
    make: (_, page) => ({ version: 'HTTP/1.0', page, statuses: OK, fields: ['Connection: keep-alive'] }),
  },
  { weight: 0.5, make: (_, page) => ({ page, statuses: OK, fields: ['Connection: close'] }) },
  { weight: 1, make: ({ dice }, page) => ({ page, statuses: OK, ...counted(dice.integer(0, 20_000)) }) },
  {
    weight: 1,
    make: ({ dice }, page) => ({ page, statuses: OK, ...chunked(dice, dice.integer(0, 20_000)) }),
  },
]

const CONDITIONAL: readonly Kind[] = [
  { weight: 3, make: ({ tags }, page) => unlessTag(tags, page, 304) },
  {
    weight: 2,
    make: ({ dice, tags }, page) => unlessTag(tags, page, 304, `Accept-Encoding: ${dice.pick(CODINGS)}`),
  },
  { weight: 1, make: (_, page) => ({ page, statuses: OK, fields: ['If-None-Match: "other", W/"another"'] }) },
  { weight: 1, make: () => ({ statuses: [304], fields: ['If-None-Match: *'] }) },
  { weight: 1, make: () => ({ statuses: [412], fields: ['If-Match: "other"'] }) },
  { weight: 1, make: (_, page) => ({ page, statuses: OK, fields: ['If-Match: *'] }) },
  { weight: 2, make: () => ({ statuses: [304], fields: [`If-Modified-Since: ${LATER}`] }) },
  { weight: 1, make: (_, page) => ({ page, statuses: OK, fields: [`If-Modified-Since: ${EARLIER}`] }) },
  { weight: 1, make: () => ({ statuses: [412], fields: [`If-Unmodified-Since: ${EARLIER}`] }) },
]

const RANGES: readonly Kind[] = [
  { weight: 4, make: ({ dice }, page) => ranged(page, 'single', dice) },
  { weight: 2, make: ({ dice }, page) => ranged(page, 'suffix', dice) },
  { weight: 2, make: ({ dice }, page) => ranged(page, 'open', dice) },
  { weight: 2, make: ({ dice }, page) => ranged(page, 'several', dice) },
  {
    weight: 1,
    make: (_, page) =>
      page.content.length === 0
        ? { page, statuses: OK }
        : { statuses: [416], fields: [`Range: bytes=${page.content.length}-`] },
  },
  { weight: 1, make: (_, page) => ({ page, statuses: OK, fields: ['Range: lines=1-2'] }) },
  {
    weight: 1,
    make: (_, page) => ({ page, statuses: OK, fields: ['Range: bytes=0-0', 'If-Range: "other"'] }),
  },
  { weight: 1, make: (_, page) => ({ method: 'HEAD', page, statuses: OK, fields: ['Range: bytes=0-0'] }) },
]

/** What is refused, or is found elsewhere; after some of it the server ends the connection. */
const OTHERWISE: readonly Kind[] = [
  { weight: 3, make: () => ({ path: '/nothing/here', statuses: [404] }) },
  { weight: 1, make: () => ({ path: '/folder', statuses: [301] }) },
  { weight: 1, make: () => ({ method: 'OPTIONS', statuses: [204] }) },
  {
    weight: 1,
    make: ({ dice }) => ({ method: 'POST', statuses: [405], ...counted(dice.integer(0, 50_000)) }),
  },
  {
    weight: 1,
    make: ({ dice }) => ({ method: 'PUT', statuses: [405], ...chunked(dice, dice.integer(0, 50_000)) }),
  },
  {
    weight: 0.5,
    make: () => {
      const { fields, body } = counted(100)
      return { method: 'POST', statuses: [405], fields: [...fields, 'Expect: 100-continue'], body }
    },
  },
  { weight: 1, make: () => ({ method: 'BREW', statuses: [501] }) },
  { weight: 0.1, make: () => ({ path: '/%zz', statuses: [400] }) },
  { weight: 0.1, make: () => ({ host: 'a b', statuses: [400] }) },
  { weight: 0.1, make: () => ({ fields: ['Bad name: x'], statuses: [400] }) },
  { weight: 0.1, make: () => ({ fields: ['Expect: the-unexpected'], statuses: [417] }) },
  { weight: 0.1, make: () => ({ version: 'HTTP/2.0', statuses: [505] }) },
  { weight: 0.1, make: () => ({ more: 'x'.repeat(9000), statuses: [414] }) },
  { weight: 0.1, make: () => ({ fields: [`Cookie: ${'x'.repeat(9000)}`], statuses: [431] }) },
  {
    weight: 0.1,
    make: () => ({ fields: Array.from({ length: 101 }, (_, at) => `X-${at}: x`), statuses: [431] }),
  },
  { weight: 0.1, make: () => ({ method: 'POST', fields: ['Content-Length: 1048577'], statuses: [413] }) },
  {
    weight: 0.1,
    make: () => ({
      method: 'POST',
      fields: ['Transfer-Encoding: chunked'],
      body: '100001\r\n',
      statuses: [413],
    }),
  },
  {
    weight: 0.1,
    make: () => ({ method: 'POST', fields: ['Transfer-Encoding: gzip, chunked'], statuses: [501] }),
  },
]

const KINDS: readonly { readonly weight: number; readonly kinds: readonly Kind[] }[] = [
  { weight: 75, kinds: FOUND },
  { weight: 10, kinds: CONDITIONAL },
  { weight: 7, kinds: RANGES },
  { weight: 8, kinds: OTHERWISE },
]

/** A request of any kind, with this token in its query, and what must be answered to it. */
export function makeRequest(ingredients: Ingredients, number: number, token: string): PlannedRequest {
  const { dice, pages } = ingredients
  const asked = dice.pickByWeight(pages)
  const draft = dice.pickByWeight(dice.pickByWeight(KINDS).kinds).make(ingredients, asked)
  const { method = 'GET', path = asked.path, more, version = 'HTTP/1.1', host = 'www.example.com' } = draft
  const { fields = [], body = '', statuses, page, ranges = [] } = draft
  const query = more === undefined ? token : `${token}&${more}`
  const lines = [`${method} ${path}?${query} ${version}`, `Host: ${host}`, ...fields, '', body]
  return { number, text: lines.join('\r\n'), method, statuses, page, ranges }
}

/** Asks for the page unless it is the one that is known; one of which nothing is known yet is asked for plainly. */
function unlessTag(
  tags: Ingredients['tags'],
  page: Page,
  status: number,
  ...fields: readonly string[]
): Draft {
  const tag = tags.get(page.path)
  if (tag === undefined) return { page, statuses: OK, fields }
  // A packed form has a tag of its own.
  const statuses = fields.length > 0 && page.mayBePacked ? [status, 200] : [status]
  return { page, statuses, fields: [`If-None-Match: ${tag}`, ...fields] }
}

/** Several ranges are so far apart that none are joined. */
const APART = 400

function ranged(page: Page, kind: 'single' | 'suffix' | 'open' | 'several', dice: Dice): Draft {
  const { length } = page.content
  if (length < 4 * APART) return { page, statuses: OK }
  const first = dice.integer(0, length - 3 * APART)
  const last = first + dice.integer(0, APART)
  const partial = (range: string, ...ranges: [first: number, last: number][]): Draft => {
    return { page, statuses: [206], fields: [`Range: bytes=${range}`], ranges }
  }
  switch (kind) {
    case 'single':
      return partial(`${first}-${last}`, [first, last])
    case 'suffix':
      return partial(`-${length - first}`, [first, length - 1])
    case 'open':
      return partial(`${first}-`, [first, length - 1])
    case 'several':
      return partial(`${first}-${last}, -${APART}`, [first, last], [length - APART, length - 1])
    default:
      return kind satisfies never
  }
}

function counted(length: number) {
  return { fields: [`Content-Length: ${length}`], body: 'b'.repeat(length) }
}

function chunked(dice: Dice, length: number) {
  let body = ''
  for (let left = length; left > 0; ) {
    const size = Math.min(left, dice.chance(0.2) ? 1 : dice.integer(1, 8000))
    body += `${size.toString(16)}${dice.chance(0.1) ? ';x="y"' : ''}\r\n${'c'.repeat(size)}\r\n`
    left -= size
  }
  const trailer = dice.chance(0.1) ? 'X-Trailer: x\r\n' : ''
  return { fields: ['Transfer-Encoding: chunked'], body: `${body}0\r\n${trailer}\r\n` }
}
