import type { Step } from '../step.ts'
import { mayHave } from './access.ts'

/** FallbackResource: a file that stands for whatever is not there. */
export const fallbackStep: Step = (context, { host, rules: { fallback, access } }) => {
  if (fallback === undefined) return undefined
  const { request, now } = context
  const others = host.rulesOf(fallback.path).access
  const isOther = others !== access
  const refused = isOther ? others?.refuse(context) : undefined
  if (refused !== undefined) return { ...refused, isPersonal: true }
  const finding = host.find(fallback.path, now, mayHave(context), request.head.fields)
  const { found, rules } = finding
  if (found.kind !== 'file') return undefined
  const isPersonal = isOther || finding.isPersonal
  return { answer: { ...found, isSubstitute: true }, because: fallback.because, rules, isPersonal }
}
