import { page, redirectBeside } from '../../http/response/respond.ts'
import type { Finding, HostSite } from '../host-site.ts'
import { PAGE_ENDING as ENDING } from '../namesakes.ts'
import type { Decision, RequestContext } from '../step.ts'
import { mayHave } from './access.ts'

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
  context: RequestContext,
  host: HostSite,
): Decision | undefined {
  const { request, now } = context
  if (found.kind === 'file' && path.endsWith(ENDING)) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const isIndex = rules.directoryIndex.includes(name)
    const clean = isIndex ? '' : name.slice(0, -ENDING.length)
    if (!isIndex && (clean === '' || isFile(path.slice(0, -ENDING.length), context, host))) return undefined
    found.file[Symbol.dispose]()
    return { answer: redirectBeside(request, clean), because: BECAUSE }
  }
  if (path.endsWith('/') || (found.kind !== 'absent' && found.kind !== 'folder')) return undefined
  const whole = host.find(path + ENDING, now, mayHave(context), request.head.fields)
  if (whole.found.kind === 'absent') return undefined
  const isOther = whole.rules.access !== rules.access
  const refused = isOther ? whole.rules.access?.refuse(context) : undefined
  if (refused !== undefined) {
    if (whole.found.kind === 'file') whole.found.file[Symbol.dispose]()
    return { ...refused, isPersonal: true }
  }
  if (whole.found.kind === 'forbidden') return { answer: page(403), because: whole.found, rules: whole.rules }
  if (whole.found.kind !== 'file') return undefined
  const answer = { ...whole.found, isSubstitute: true }
  return { answer, because: { kind: 'found' }, rules: whole.rules, isPersonal: isOther }
}

function isFile(path: string, context: RequestContext, host: HostSite): boolean {
  const { found } = host.find(path, context.now, mayHave(context))
  if (found.kind !== 'file') return false
  found.file[Symbol.dispose]()
  return true
}
