import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { readGroupFile, readPasswordFile } from '../access/password-file.ts'
import { canVerify } from '../access/verify-password.ts'
import { readBounded } from '../bounded.ts'
import { codeOf } from '../errors.ts'
import type { PathReference } from './apply.ts'
import { doubtsAboutProof, obstacleToProving } from './identities.ts'
import type { Problem } from './problem.ts'
import { sandboxAdvice } from './sandbox.ts'

/** What the disk has against a configuration. */
export interface DiskFindings {
  readonly mistakes: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/**
 * Checks that the disk agrees with what the paths are used for, and that nothing of the server's own is published.
 *
 * @param files Those of the configuration.
 */
export function checkPaths(paths: readonly PathReference[], files: readonly string[]): DiskFindings {
  const mistakes: Problem[] = []
  const warnings: Problem[] = []
  const unusableFolders: string[] = []
  for (const reference of paths) {
    const { file, place, path, use, usage } = reference
    if (unusableFolders.some(folder => path.startsWith(folder + sep))) continue

    const obstacle = findRival(reference, paths) ?? findObstacle(path, use)
    if (obstacle === undefined) {
      for (const doubt of doubtsAbout(reference))
        warnings.push({ file, place, message: `${doubt}: ${usage}` })
      continue
    }
    const problem = { file, place, message: `${obstacle}: ${usage}` }
    // Content comes and goes while a server runs, and one without it can serve the rest.
    if (use === 'page to send') {
      if (place !== undefined) warnings.push(problem)
      continue
    }
    mistakes.push(problem)
    if (use === 'folder of the server' || use === 'folder to serve') unusableFolders.push(path)
  }
  if (unusableFolders.length > 0) return { mistakes, warnings }
  const secrets = findSecrets(paths, files)
  for (const served of servedFolders(paths)) {
    mistakes.push(...findPublished(served, secrets))
    if (isHome(realPath(served.path))) {
      const message = `Everything in ${JSON.stringify(served.path)}, somebody's home, is served but names with a dot before them; name a folder below it: ${served.usage}`
      warnings.push({ file: served.file, place: served.place, message })
    }
  }
  return { mistakes, warnings }
}

/** Each folder once: several hosts may serve the same. */
function servedFolders(paths: readonly PathReference[]): PathReference[] {
  const served = paths.filter(({ use }) => use === 'folder to serve')
  return [...Map.groupBy(served, ({ path }) => path).values()].flatMap(references => references.slice(0, 1))
}

/** What the folder to serve must not hold, since whoever asks for it would get it. */
const PRIVATE: Partial<Record<PathReference['use'], string>> = {
  'file to write': 'a log',
  'socket to create': 'a socket',
  'passwords to read': 'a file of passwords',
  'groups to read': 'a file of groups',
  'key to read': 'a private key',
}

/** What would be published if it lay in a folder that is served. */
interface Secret {
  readonly realPath: string
  readonly name: string
  /** Undefined for a file of the configuration. */
  readonly reference: PathReference | undefined
}

function findSecrets(paths: readonly PathReference[], files: readonly string[]): readonly Secret[] {
  const configuration = files.map(file => ({
    realPath: realPath(resolve(file)),
    name: `the configuration ${JSON.stringify(file)}`,
    reference: undefined,
  }))
  const references = paths.flatMap(reference => {
    const what = PRIVATE[reference.use]
    if (what === undefined) return []
    const name = `${what}, ${JSON.stringify(reference.path)}`
    return [{ realPath: realPath(resolve(reference.path)), name, reference }]
  })
  return [...configuration, ...references]
}

/** One problem at the most, where the folder is named, or what is in it when the folder is that of the default. */
function findPublished(served: PathReference, secrets: readonly Secret[]): Problem[] {
  const root = realPath(served.path)
  const folder = root.endsWith(sep) ? root : root + sep
  const published = secrets.filter(
    secret => secret.realPath.startsWith(folder) && !isLeftThere(secret, folder.length),
  )
  if (published.length === 0) return []
  const names = new Set(published.map(({ name }) => name))
  const message = `Cannot serve ${JSON.stringify(served.path)}: it would publish ${[...names].join('; ')}; name a folder with nothing else in it`
  const reference = published.find(secret => secret.reference !== undefined)?.reference
  const { file, place, usage } = served.place === undefined ? (reference ?? served) : served
  return [{ file, place, message: `${message}: ${usage}` }]
}

/** As people keep passwords beside what they are for, by a name such as `.htpasswd` that is never served. */
function isLeftThere({ realPath: path, reference }: Secret, rootLength: number): boolean {
  const use = reference?.use
  return (
    (use === 'passwords to read' || use === 'groups to read') &&
    /(?:^|\/)\.ht[^/]*$/.test(path.slice(rootLength))
  )
}

/** Where a path leads, though its last parts may not be there yet, or be a pipe, whose link names no file. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (error) {
    if (codeOf(error) === '') throw error
    return join(realPath(dirname(path)), basename(path))
  }
}

/** Those of accounts of services are for what they serve. */
function isHome(folder: string): boolean {
  const uid = process.getuid?.() ?? 0
  const isPerson = uid === 0 || uid >= FIRST_PERSON
  return /^\/home(?:\/[^/]+)?$/.test(folder) || folder === '/root' || (isPerson && folder === ownHome())
}

/** Undefined for a user who has no account, as in a container. */
function ownHome(): string | undefined {
  try {
    return homedir()
  } catch (error) {
    if (codeOf(error) === 'ERR_SYSTEM_ERROR') return undefined
    throw error
  }
}

/** Of people, in /etc/login.defs. */
const FIRST_PERSON = 1000

/** Nothing can be a log and a socket, or two sockets, though neither may be there yet. */
function findRival(reference: PathReference, paths: readonly PathReference[]): string | undefined {
  const { path, use } = reference
  if (use !== 'socket to create') return undefined
  const rival = paths.find(
    other =>
      other !== reference &&
      other.path === path &&
      (other.use === 'file to write' || (other.use === use && other.usage !== reference.usage)),
  )
  if (rival === undefined) return undefined
  const what = rival.use === use ? 'another is to stand there' : 'it is a log'
  return `Cannot make a socket of ${JSON.stringify(path)}: ${what}, name another`
}

function findObstacle(path: string, use: PathReference['use']): string | undefined {
  switch (use) {
    case 'folder of the server':
      return obstacleToEntering(path, constants.X_OK)
    case 'folder to serve':
      return obstacleToEntering(path, constants.R_OK | constants.X_OK)
    case 'file to write':
      return existsSync(path) ? obstacleToWriting(path) : obstacleToMaking(path)
    case 'socket to create':
      return obstacleToSocket(path)
    case 'page to send':
      return obstacleToSending(path)
    case 'passwords to read':
    case 'groups to read':
      return obstacleToReading(path)
    case 'certificate to read':
    case 'key to read':
      return obstacleToReading(path) ?? obstacleToProving(path, use)
    default:
      return use satisfies never
  }
}

function obstacleToEntering(path: string, mode: number): string | undefined {
  const state = access(path, mode, 'folder')
  return state && `Cannot use ${JSON.stringify(path)}: ${state}`
}

function obstacleToWriting(path: string): string | undefined {
  // Its last byte is read, to tell whether the last line is whole.
  const state = access(path, constants.R_OK | constants.W_OK, 'file')
  return state && `Cannot write ${JSON.stringify(path)}: ${state}`
}

/** Folders that are missing will be made, in the nearest one that exists. */
function obstacleToMaking(path: string): string | undefined {
  let folder = dirname(path)
  while (!existsSync(folder)) folder = dirname(folder)
  const state = access(folder, constants.W_OK | constants.X_OK, 'folder')
  return state && `Cannot make ${JSON.stringify(path)} in ${JSON.stringify(folder)}: ${state}`
}

function obstacleToSending(path: string): string | undefined {
  const state = access(path, constants.R_OK, 'file')
  return state && `Cannot send ${JSON.stringify(path)}: ${state}`
}

function obstacleToReading(path: string): string | undefined {
  const state = access(path, constants.R_OK, 'file')
  return state && `Cannot read ${JSON.stringify(path)}: ${state}`
}

/** What is wrong in a file that can be used all the same. */
function doubtsAbout({ path, use }: PathReference): string[] {
  switch (use) {
    case 'passwords to read':
    case 'groups to read':
      return doubtsAboutUsers(path, use)
    case 'certificate to read':
    case 'key to read':
      return doubtsAboutProof(path, use)
    default:
      return []
  }
}

/** What is wrong in a file of passwords or groups that can be read: the rest of it counts all the same. */
function doubtsAboutUsers(path: string, use: 'passwords to read' | 'groups to read'): string[] {
  const { text, stats } = readBounded(path)
  const file = use === 'passwords to read' ? readPasswordFile(text) : readGroupFile(text)
  const { problems } = file
  const doubts = problems
    .slice(0, MOST_LINES_TOLD)
    .map(({ line, message }) => `Line ${line} of ${JSON.stringify(path)} means nothing. ${message}`)
  if (problems.length > MOST_LINES_TOLD)
    doubts.push(`So do ${problems.length - MOST_LINES_TOLD} more lines of ${JSON.stringify(path)}`)
  if ('usable' in file && !file.usable.every(hash => canVerify(hash)))
    doubts.push(
      `Who has a hash of $5$, $6$ or $y$ in ${JSON.stringify(path)} is let in nowhere, since this machine has no libcrypt: install it, or write the entry with "webserverctl password"`,
    )
  if (use === 'passwords to read' && (stats.mode & 0o007) !== 0)
    doubts.push(
      `Everybody on this machine may read or change ${JSON.stringify(path)}, and try passwords against it: "chmod o= ${path}", and give it to the group of the server`,
    )
  return doubts
}

/** A file of another kind has nothing but such lines. */
const MOST_LINES_TOLD = 5

/** A socket that a server has left behind may stand there, and the file that it had locked. */
function obstacleToSocket(path: string): string | undefined {
  if (existsSync(path) && !statSync(path).isSocket()) {
    return `Cannot make a socket of ${JSON.stringify(path)}: something else stands there, move it or name another`
  }
  const lock = `${path}.lock`
  return (existsSync(lock) ? obstacleToWriting(lock) : undefined) ?? obstacleToMaking(path)
}

/** What is wrong when something that exists, or should, is of another kind or does not permit what is asked. */
function access(path: string, mode: number, kind: 'file' | 'folder'): string | undefined {
  try {
    if (statSync(path).isDirectory() !== (kind === 'folder')) {
      return STATES[kind === 'file' ? 'EISDIR' : 'ENOTDIR']
    }
    accessSync(path, mode)
    return undefined
  } catch (error) {
    const state = stateOf(error)
    const folder = kind === 'file' ? dirname(path) : path
    const cause = sandboxAdvice(folder, codeOf(error), (mode & constants.W_OK) !== 0)
    return cause === undefined ? state : `${state.replace(/,.*/, '')}, ${cause}`
  }
}

/** The errors an administrator can mend, and how. */
const STATES: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder, create it or name another',
  EACCES: 'permission denied, give it to the user of the server or name another',
  EPERM: 'not permitted, name another',
  EROFS: 'the file system is read-only, name another',
  EISDIR: 'it is a folder, name a file',
  ENOTDIR: 'a file stands where a folder should, name another',
  ELOOP: 'too many symbolic links, name another',
  ENAMETOOLONG: 'the name is too long, name another',
}

/** The state that an error tells of; any other error is rethrown. */
export function stateOf(error: unknown): string {
  const state = STATES[codeOf(error)]
  if (state === undefined) throw error
  return state
}
