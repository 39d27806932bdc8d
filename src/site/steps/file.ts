import { page, redirectToFolder } from '../../http/response/respond.ts'
import type { Finding } from '../host-site.ts'
import type { Reason } from '../reason.ts'
import type { Decision, RequestContext, Step } from '../step.ts'

const FOUND: Reason = { kind: 'found' }
const LISTED: Decision = { answer: { kind: 'folder' }, because: { kind: 'listed' } }
const HIDDEN: Decision = { answer: page(404), because: { kind: 'hidden' } }
const UNREDIRECTED: Decision = {
  answer: page(403),
  because: { kind: 'directive', name: 'DirectorySlash', origin: undefined },
}
const UNLISTED: Decision = { answer: page(403), because: { kind: 'no index' } }

/**
 * DocumentRoot, AllowDotNames, DirectoryIndex, DirectorySlash and Options: the file that a path leads to, the folder to list, or why there is
 * neither.
 */
export const fileStep: Step = (context, { host }) => {
  const { request, now } = context
  if (request.target.kind !== 'resource') return undefined
  return decide(host.find(request.target.path, now, request.head.fields), context)
}

/** Undefined for what is not there: something else may stand for it. */
function decide({ found, rules }: Finding, { request }: RequestContext): Decision | undefined {
  switch (found.kind) {
    case 'file':
      return { answer: found, because: FOUND, rules }
    case 'listing':
      return LISTED
    case 'folder':
      return rules.directorySlash
        ? { answer: redirectToFolder(request), because: { kind: 'no slash' } }
        : UNREDIRECTED
    case 'unlisted':
      return UNLISTED
    case 'forbidden':
      return { answer: page(403), because: found }
    case 'hidden':
      return HIDDEN
    case 'absent':
      return undefined
    default:
      return found satisfies never
  }
}
