import { page, redirectBeside } from '../../http/response/respond.ts'
import type { Finding, HostSite } from '../host-site.ts'
import type { Decision, RequestContext } from '../step.ts'

const ENDING = '.html'
const BECAUSE = { kind: 'directive', name: 'CleanUrls', origin: undefined } as const

/**
 * CleanUrls: what is served at `/page` is `/page.html`, also where a folder is called so, and who asks for that is sent there.
 * Undefined for what is left as it is.
 *
 * @param finding What is at the path itself.
 */
export function cleanDecision(
  path: string,
  { found, rules }: Finding,
  { request, now }: RequestContext,
  host: HostSite,
): Decision | undefined {
  if (found.kind === 'file' && path.endsWith(ENDING)) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const isIndex = rules.directoryIndex.includes(name)
    const clean = isIndex ? '' : name.slice(0, -ENDING.length)
    if (!isIndex && (clean === '' || isFile(path.slice(0, -ENDING.length), now, host))) return undefined
    found.file[Symbol.dispose]()
    return { answer: redirectBeside(request, clean), because: BECAUSE }
  }
  if (path.endsWith('/') || (found.kind !== 'absent' && found.kind !== 'folder')) return undefined
  const whole = host.find(path + ENDING, now, request.head.fields)
  if (whole.found.kind === 'forbidden') return { answer: page(403), because: whole.found, rules: whole.rules }
  if (whole.found.kind !== 'file') return undefined
  return { answer: { ...whole.found, isSubstitute: true }, because: { kind: 'found' }, rules: whole.rules }
}

function isFile(path: string, now: number, host: HostSite): boolean {
  const { found } = host.find(path, now)
  if (found.kind !== 'file') return false
  found.file[Symbol.dispose]()
  return true
}
