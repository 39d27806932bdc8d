import { hashKind } from './password-hash.ts'

/** What is wrong with a line; never what stands in it, for that may be a password. */
export interface LineProblem {
  /** From 1 on. */
  readonly line: number
  readonly message: string
}

/** The entries of a file as htpasswd writes it; all texts are byte strings. */
export interface PasswordFile {
  /** By user. */
  readonly hashes: ReadonlyMap<string, string>
  /** Those of the hashes with which a password can be compared. */
  readonly usable: readonly string[]
  readonly problems: readonly LineProblem[]
}

/** How entries are written, for whoever has to mend one. */
const MEND = 'write it with "webserverctl password"'

/**
 * Reads a file of lines such as `user:hash`, of which the first of a user counts. What follows a second colon means nothing,
 * nor does a line that begins with `#`, nor white space around a line.
 *
 * @param text A byte string.
 */
export function readPasswordFile(text: string): PasswordFile {
  const hashes = new Map<string, string>()
  const problems: LineProblem[] = []
  for (const [index, line] of linesOf(text)) {
    const [user = '', hash] = line.split(':', 2)
    const message = objectionTo(user, hash, hashes)
    if (message !== undefined) problems.push({ line: index, message })
    // An entry that can never match stands before others of its user all the same.
    if (user !== '' && hash !== undefined && !hashes.has(user)) hashes.set(user, hash)
  }
  const usable = [...hashes.values()].filter(hash => hashKind(hash) !== undefined)
  return { hashes, usable, problems }
}

function objectionTo(
  user: string,
  hash: string | undefined,
  known: ReadonlyMap<string, string>,
): string | undefined {
  if (hash === undefined) return `Expected user:hash, found no colon: ${MEND}`
  if (user === '') return `Expected a name before the colon, found none: ${MEND}`
  if (known.has(user)) return 'The user stands in a line above, which counts: keep one of the two'
  // A password that is locked, as in shadow(5).
  if (hash.startsWith('!') || hash.startsWith('*')) return undefined
  if (hashKind(hash) === undefined)
    return `Expected a hash that begins with $2y$, $apr1$, $1$, $5$, $6$, $y$ or {SHA}, found something else, which lets nobody in: ${MEND}`
  return undefined
}

/** A file of groups, as byte strings. */
export interface GroupFile {
  /** Each with its users. */
  readonly groups: ReadonlyMap<string, ReadonlySet<string>>
  readonly problems: readonly LineProblem[]
}

/**
 * Reads a file of lines such as `group: user user`; those of one group add up.
 *
 * @param text A byte string.
 */
export function readGroupFile(text: string): GroupFile {
  const groups = new Map<string, Set<string>>()
  const problems: LineProblem[] = []
  for (const [index, line] of linesOf(text)) {
    const colon = line.indexOf(':')
    if (colon < 1) {
      problems.push({ line: index, message: 'Expected "group: user user", found no group before a colon' })
      continue
    }
    const users = groups.get(line.slice(0, colon).trim()) ?? new Set()
    for (const user of line.slice(colon + 1).split(/\s+/)) if (user !== '') users.add(user)
    groups.set(line.slice(0, colon).trim(), users)
  }
  return { groups, problems }
}

/** Lines that say something, without white space around them, each with its number. */
function linesOf(text: string): (readonly [number, string])[] {
  return text
    .replace(/^\xef\xbb\xbf/, '')
    .split('\n')
    .map((line, index) => [index + 1, line.trim()] as const)
    .filter(([, line]) => line !== '' && !line.startsWith('#'))
}
