import type { Step } from '../step.ts'

/** FallbackResource: a file that stands for whatever is not there. */
export const fallbackStep: Step = ({ request, now }, { host, rules: { fallback } }) => {
  if (fallback === undefined) return undefined
  const { found, rules } = host.find(fallback.path, now, request.head.fields)
  if (found.kind !== 'file') return undefined
  return { answer: { ...found, isSubstitute: true }, because: fallback.because, rules }
}
