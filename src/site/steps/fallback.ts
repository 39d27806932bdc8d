import type { DocumentRoot } from '../../files/document-root.ts'
import { byteString } from '../../http/byte-string.ts'
import type { Reason } from '../reason.ts'
import type { Step } from '../step.ts'

/**
 * FallbackResource: a file that stands for whatever is not there.
 *
 * @param resource Its URL path.
 * @param origin Where the directive stands.
 */
export function fallbackStep(root: DocumentRoot, resource: string, origin: string | undefined): Step {
  const path = byteString(resource)
  const because: Reason = { kind: 'directive', name: 'FallbackResource', origin }
  return ({ request, now }) => {
    const found = root.find(path, now, request.head.fields)
    if (found.kind !== 'file') return undefined
    return { answer: { ...found, isSubstitute: true }, because }
  }
}
