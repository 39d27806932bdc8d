import { page, redirectToFolder } from '../../http/response/respond.ts'
import type { Finding } from '../host-site.ts'
import type { Reason } from '../reason.ts'
import type { Decision, RequestContext, Step } from '../step.ts'
import { mayHave } from './access.ts'
import { cleanDecision } from './clean-urls.ts'

const FOUND: Reason = { kind: 'found' }
const LISTED: Decision = { answer: { kind: 'folder' }, because: { kind: 'listed' } }
const HIDDEN: Decision = { answer: page(404), because: { kind: 'hidden' } }
const UNREDIRECTED: Decision = {
  answer: page(403),
  because: { kind: 'directive', name: 'DirectorySlash', origin: undefined },
}
const UNLISTED: Decision = { answer: page(403), because: { kind: 'no index' } }

/**
 * DocumentRoot, AllowDotNames, DirectoryIndex, DirectorySlash, CleanUrls and Options: the file that a path leads to, the folder to list, or why there is
 * neither.
 */
export const fileStep: Step = (context, { host }) => {
  const { request, now } = context
  if (request.target.kind !== 'resource') return undefined
  const { path } = request.target
  const finding = host.find(path, now, mayHave(context), request.head.fields)
  const clean = finding.rules.cleanUrls ? cleanDecision(path, finding, context, host) : undefined
  const decision = clean ?? decide(finding, context)
  return finding.isPersonal && decision !== undefined ? { ...decision, isPersonal: true } : decision
}

/** Undefined for what is not there: something else may stand for it. */
function decide({ found, rules }: Finding, context: RequestContext): Decision | undefined {
  switch (found.kind) {
    case 'file':
      return { answer: found, because: FOUND, rules }
    case 'listing':
      return LISTED
    case 'folder':
      return rules.directorySlash
        ? { answer: redirectToFolder(context.request), because: { kind: 'no slash' } }
        : UNREDIRECTED
    case 'refused':
      return rules.access?.refuse(context) ?? UNLISTED
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
