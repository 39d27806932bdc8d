import { isDeepStrictEqual } from 'node:util'
import { asksForUser, isOpen, type Requirement } from '../access/requirement.ts'
import type { Host } from '../config/config.ts'
import { SIDECAR_EXTENSIONS } from '../files/sidecars.ts'

/** The ending that CleanUrls leaves out. */
export const PAGE_ENDING = '.html'

/** Another path for what is at one, where a directive makes it that. */
export interface Namesake {
  readonly path: string
  readonly directive: 'precompressed' | 'cleanUrls'
}

const NOBODY: readonly Requirement[] = [{ kind: 'all', isGranted: false }]

/** Those of a path: a sidecar holds what its file holds, and a page is served without its ending too. */
export function namesakesOf(path: string): readonly Namesake[] {
  const extension = Object.values(SIDECAR_EXTENSIONS).find(each => path.endsWith(each))
  const file = extension === undefined ? path : path.slice(0, -extension.length)
  const page = file.endsWith(PAGE_ENDING) ? file.slice(0, -PAGE_ENDING.length) : undefined
  return [
    ...(extension === undefined ? [] : [{ path: file, directive: 'precompressed' } as const]),
    ...(page === undefined ? [] : [{ path: page, directive: 'cleanUrls' } as const]),
  ]
}

/** The settings of a path, for those alone who may have its namesake too. */
export function guardedAs(namesake: Host, own: Host): Host {
  if (isForAll(namesake) || isDeepStrictEqual(accessOf(namesake), accessOf(own))) return own
  if (isForAll(own)) return { ...own, ...accessOf(namesake) }
  const asking = [namesake, own].filter(({ require }) => require.some(asksForUser))
  const [first = own, second = first] = asking
  // Nobody can be asked to be in two files at once.
  const isTorn = second.authUserFile !== first.authUserFile || second.authGroupFile !== first.authGroupFile
  return { ...own, ...accessOf(first), require: isTorn ? NOBODY : [everyOf([namesake, own])] }
}

function isForAll({ require }: Host): boolean {
  return require.length === 0 || require.some(isOpen)
}

function accessOf({ authType, authName, authUserFile, authGroupFile, require }: Host) {
  return { authType, authName, authUserFile, authGroupFile, require }
}

function everyOf(several: readonly Host[]): Requirement {
  return {
    kind: 'every',
    requirements: several.map(({ require }) => ({ kind: 'any', requirements: require })),
  }
}
