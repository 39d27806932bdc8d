import type { Group } from './peers.ts'
import { createRandom, shuffledOrder } from './random.ts'
import {
  FILE_COUNT,
  FILM,
  FILM_SIZE,
  filePath,
  IMAGE,
  IMAGE_SIZE,
  PAGE,
  PAGE_SIZE,
  POPULAR_ORDER,
  SCRIPT,
} from './site.ts'

/** What is asked of a server, and what it has to answer to be measured. */
export interface Workload {
  readonly title: string
  /** The title where room is scarce. */
  readonly short: string
  /** Who is measured, besides this server. */
  readonly groups: readonly Group[]
  readonly paths: readonly string[]
  /** Which of the paths, in which order; without it one after the other. */
  readonly order?: Uint32Array
  /** Fields of the request besides Host, in lower case. */
  readonly fields?: Readonly<Record<string, string>>
  /** Ask whether the file has changed, with whatever validators the server gives. */
  readonly revalidates?: boolean
  readonly expected: Expected
  readonly connections: number
  /** Requests sent at a time on each connection. */
  readonly depth?: number
  /** A new connection for each request. */
  readonly closes?: boolean
  /** A fixed rate, half of what nginx as shipped can do; otherwise each connection asks as soon as it is answered. */
  readonly rate?: 'half of nginx'
  /**
   * What the server remembers of the files: all of them, once it has been asked for each; none, since it has just
   * started; none, since it is to remember nothing. Without it, what it happens to have been asked for.
   */
  readonly memory?: 'warm' | 'cold' | 'off'
  /** Who asks, other than clients of our own. */
  readonly client?: 'wrk' | 'openssl'
  /** Over TLS: of those that can be measured so. */
  readonly isSecure?: boolean
  /** Sessions of TLS are resumed, rather than made anew. */
  readonly resumes?: boolean
  /** What the rate is counted in. */
  readonly unit: 'requests' | 'bytes'
}

export interface Expected {
  readonly status: number
  readonly length?: number
  /** Any of them will do. */
  readonly encoding?: readonly string[]
}

const MAIN: readonly Group[] = ['leading', 'other', 'node']
const WITH_FLOORS: readonly Group[] = ['leading', 'floor']
const ALL: readonly Group[] = [...MAIN, 'floor']
const LEADING: readonly Group[] = ['leading']

const WHOLE_PAGE: Expected = { status: 200, length: PAGE_SIZE }
const page = { paths: [PAGE], expected: WHOLE_PAGE, unit: 'requests' } as const
const files = {
  paths: Array.from({ length: FILE_COUNT }, (_, index) => filePath(index)),
  order: POPULAR_ORDER,
  groups: LEADING,
  expected: { status: 200 },
  connections: 64,
  unit: 'requests',
} as const

/** What Chromium sends besides, for a page that somebody has clicked at. */
const BROWSER_FIELDS = {
  connection: 'keep-alive',
  'cache-control': 'max-age=0',
  'sec-ch-ua': '"Chromium";v="156", "Not_A Brand";v="24"',
  'sec-ch-ua-mobile': '?0',
  'sec-ch-ua-platform': '"Linux"',
  'upgrade-insecure-requests': '1',
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-user': '?1',
  'sec-fetch-dest': 'document',
  referer: 'http://127.0.0.1:8080/index.html',
  'accept-encoding': 'identity',
  'accept-language': 'en-GB,en;q=0.9,de;q=0.8',
} as const

export const WORKLOADS = {
  'page-64': { ...page, short: '1 KiB', title: '1 KiB page, 64 connections', groups: ALL, connections: 64 },
  'page-wrk': {
    ...page,
    short: '1 KiB, by wrk',
    title: '1 KiB page, 64 connections, asked for by wrk',
    groups: WITH_FLOORS,
    connections: 64,
    client: 'wrk',
  },
  'page-1': {
    ...page,
    short: '1 KiB, 1 connection',
    title: '1 KiB page, 1 connection',
    groups: WITH_FLOORS,
    connections: 1,
  },
  'page-512': {
    ...page,
    short: '1 KiB, 512 connections',
    title: '1 KiB page, 512 connections',
    groups: WITH_FLOORS,
    connections: 512,
  },
  'page-browser': {
    ...page,
    short: '1 KiB, a browser’s 15 fields',
    title: '1 KiB page, 64 connections, a browser’s 15 fields',
    groups: LEADING,
    fields: BROWSER_FIELDS,
    connections: 64,
  },
  'new-connection': {
    ...page,
    short: '1 KiB, a new connection each',
    title: '1 KiB page, a new connection each, 64 at a time',
    groups: ALL,
    fields: { connection: 'close' },
    connections: 64,
    closes: true,
  },
  'not-modified': {
    ...page,
    short: '304 Not Modified',
    title: '304 Not Modified, 64 connections',
    groups: MAIN,
    revalidates: true,
    expected: { status: 304 },
    connections: 64,
  },
  pipelined: {
    ...page,
    short: '1 KiB, 16 at a time',
    title: '1 KiB page, 16 requests at a time, 64 connections',
    groups: WITH_FLOORS,
    connections: 64,
    depth: 16,
  },
  'not-found': {
    short: '404 Not Found',
    title: '404 Not Found, 64 connections',
    groups: LEADING,
    paths: ['/nothing/here.html'],
    expected: { status: 404 },
    connections: 64,
    unit: 'requests',
  },
  encoded: {
    short: 'Script, br or gzip',
    title: '38 KiB script as br or gzip, 64 connections',
    groups: LEADING,
    paths: [SCRIPT],
    fields: { 'accept-encoding': 'gzip, deflate, br' },
    expected: { status: 200, encoding: ['br', 'gzip'] },
    connections: 64,
    unit: 'requests',
  },
  'image-100k': {
    short: '100 KiB',
    title: '100 KiB, 64 connections',
    groups: MAIN,
    paths: [IMAGE],
    expected: { status: 200, length: IMAGE_SIZE },
    connections: 64,
    unit: 'requests',
  },
  'film-1': {
    short: '100 MiB',
    title: '100 MiB, one at a time',
    groups: MAIN,
    paths: [FILM],
    expected: { status: 200, length: FILM_SIZE },
    connections: 1,
    unit: 'bytes',
  },
  'film-8': {
    short: '100 MiB, 8 at a time',
    title: '100 MiB, 8 at a time',
    groups: LEADING,
    paths: [FILM],
    expected: { status: 200, length: FILM_SIZE },
    connections: 8,
    unit: 'bytes',
  },
  'files-warm': {
    ...files,
    short: '10,000 files, warm',
    title: '10,000 files by popularity, all asked for before',
    memory: 'warm',
  },
  'files-cold': {
    ...files,
    short: '10,000 files, cold',
    title: '10,000 files, each for the first time',
    order: shuffledOrder(FILE_COUNT, createRandom(1)),
    memory: 'cold',
  },
  'files-off': {
    ...files,
    short: '10,000 files, cache off',
    title: '10,000 files by popularity, remembering none',
    memory: 'off',
  },
  latency: {
    ...page,
    short: '1 KiB, half of nginx’s rate',
    title: '1 KiB page at half the peak rate of nginx as shipped, 64 connections',
    groups: WITH_FLOORS,
    connections: 64,
    rate: 'half of nginx',
  },
  'secure-page': {
    ...page,
    short: 'HTTPS, 1 KiB',
    title: 'HTTPS, 1 KiB page, 64 connections, asked for by wrk',
    groups: LEADING,
    connections: 64,
    client: 'wrk',
    isSecure: true,
  },
  'secure-handshake': {
    ...page,
    short: 'HTTPS, a handshake each',
    title: 'HTTPS, 1 KiB page, a handshake each, one at a time',
    groups: LEADING,
    connections: 1,
    client: 'openssl',
    isSecure: true,
  },
  'secure-resumed': {
    ...page,
    short: 'HTTPS, a resumed session each',
    title: 'HTTPS, 1 KiB page, a resumed session each, one at a time',
    groups: LEADING,
    connections: 1,
    client: 'openssl',
    isSecure: true,
    resumes: true,
  },
  'secure-film': {
    short: 'HTTPS, 100 MiB',
    title: 'HTTPS, 100 MiB, one at a time',
    groups: LEADING,
    paths: [FILM],
    expected: { status: 200, length: FILM_SIZE },
    connections: 1,
    client: 'wrk',
    isSecure: true,
    unit: 'bytes',
  },
} as const satisfies Record<string, Workload>

export type WorkloadName = keyof typeof WORKLOADS
export const WORKLOAD_NAMES = Object.keys(WORKLOADS) as WorkloadName[]
