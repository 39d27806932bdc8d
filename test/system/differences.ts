import { readFileSync } from 'node:fs'

/**
 * What servers make of requests, told by aspect: texts that can be compared and shown. The aspect `answer`, if
 * there is one, comes first: where it differs, the others are not comparable.
 */
export type Observation = ReadonlyMap<string, string>

type PeerName = 'apache' | 'nginx'
type ServerName = 'webserver' | PeerName

/**
 * One way in which other servers differ from this one, and who is right. A server that is not mentioned does the
 * same, or is not comparable.
 */
export interface Difference {
  readonly aspect: string
  readonly webserver: string
  readonly apache?: string
  readonly nginx?: string
  readonly right: readonly ServerName[]
  readonly why: string
  /** Names of the requests; any number of them when not given. */
  readonly requests?: readonly string[]
}

/** A difference as it was seen. */
export interface Sighting {
  readonly request: string
  readonly aspect: string
  readonly webserver: string
  readonly peer: PeerName
  readonly theirs: string
}

/** What is known and explained, of answers and of the access log. */
export const HTTP_DIFFERENCES = readDifferences('http-differences.json')
export const LOG_DIFFERENCES = readDifferences('log-differences.json')

function readDifferences(name: string): readonly Difference[] {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as Difference[]
}

/** Aspects that differ of necessity where another one does. */
const CONSEQUENCES: Readonly<Record<string, readonly string[]>> = {
  'Content-Encoding': ['Content-Length', 'body'],
  'Content-Range': ['Content-Length', 'Content-Type', 'body'],
}
const PEERS: readonly PeerName[] = ['apache', 'nginx']
const NOTHING = 'none'

/** What a peer made of a request, held against what this server made of it. */
export function compare(request: string, ours: Observation, peer: PeerName, theirs: Observation): Sighting[] {
  const see = (aspect: string): Sighting => ({
    request,
    aspect,
    webserver: ours.get(aspect) ?? NOTHING,
    peer,
    theirs: theirs.get(aspect) ?? NOTHING,
  })
  const differs = (sighting: Sighting) => sighting.webserver !== sighting.theirs
  const answer = see('answer')
  if (differs(answer)) return [answer]
  const different = [...new Set([...ours.keys(), ...theirs.keys()])].map(see).filter(differs)
  const consequences = new Set(different.flatMap(({ aspect }) => CONSEQUENCES[aspect] ?? []))
  return different.filter(({ aspect }) => !consequences.has(aspect))
}

/** Sightings that nothing explains, and explanations of what was not seen, each as one line; none when all is well. */
export function judge(sightings: readonly Sighting[], explained: readonly Difference[]): string[] {
  const unexplained = sightings
    .filter(sighting => !explained.some(difference => explains(difference, sighting)))
    .map(sighting => `Not explained: ${JSON.stringify(sighting)}`)
  const unseen = explained.flatMap(difference =>
    PEERS.filter(peer => difference[peer] !== undefined)
      .flatMap(peer => requestsUnseen(difference, peer, sightings))
      .map(request => `Explained but not seen: ${request}: ${JSON.stringify(difference)}`),
  )
  return [...unexplained, ...unseen]
}

function requestsUnseen(difference: Difference, peer: PeerName, sightings: readonly Sighting[]): string[] {
  const seen = sightings.filter(sighting => sighting.peer === peer && explains(difference, sighting))
  if (difference.requests === undefined) return seen.length === 0 ? ['any request'] : []
  return difference.requests.filter(name => !seen.some(({ request }) => request === name))
}

function explains(difference: Difference, { request, aspect, webserver, peer, theirs }: Sighting): boolean {
  return (
    difference.aspect === aspect &&
    difference.webserver === webserver &&
    difference[peer] === theirs &&
    (difference.requests === undefined || difference.requests.includes(request))
  )
}

/** A page of the documentation with each of its tables as the differences are now. */
export function withTables(page: string): string {
  return page.replaceAll(
    /(<!-- (answers|fields|log) -->\n)[\s\S]*?(?=<!-- end -->)/g,
    (_, begin: string, name: string) => {
      const table = TABLES[name]
      if (table === undefined) throw new Error(`There is no table "${name}"`)
      return `${begin}\n${renderTable(table.differences, table.servers)}\n`
    },
  )
}

const ALL: readonly ServerName[] = ['webserver', 'apache', 'nginx']
const TABLES: Readonly<
  Record<string, { differences: readonly Difference[]; servers: readonly ServerName[] }>
> = {
  answers: { differences: HTTP_DIFFERENCES.filter(({ aspect }) => aspect === 'answer'), servers: ALL },
  fields: { differences: HTTP_DIFFERENCES.filter(({ aspect }) => aspect !== 'answer'), servers: ALL },
  log: { differences: LOG_DIFFERENCES, servers: ['webserver', 'apache'] },
}
const TITLES: Readonly<Record<ServerName, string>> = {
  webserver: 'webserver',
  apache: 'Apache',
  nginx: 'nginx',
}

/** What is right is bold. */
function renderTable(differences: readonly Difference[], servers: readonly ServerName[]): string {
  const head = ['request', ...servers.map(server => TITLES[server]), 'why']
  const rows = differences.map(difference => [
    subject(difference),
    ...servers.map(server => renderValue(difference[server], difference.right.includes(server))),
    difference.why,
  ])
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |\n`).join('')
}

function subject({ aspect, requests }: Difference): string {
  const names = requests?.map(escapeCell).join('; ') ?? 'any'
  return aspect === 'answer' ? names : `${names}: ${escapeCell(aspect)}`
}

function renderValue(value: string | undefined, isRight: boolean): string {
  if (value === undefined) return ''
  return isRight ? `**${escapeCell(value)}**` : escapeCell(value)
}

function escapeCell(text: string): string {
  return text.replaceAll(/[|*<>\\]/g, character => `\\${character}`)
}
