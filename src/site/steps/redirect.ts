import type { Step } from '../step.ts'

/** Redirect: sends elsewhere, or tells that something is gone, whatever is wanted of it. */
export const redirectStep: Step = ({ request: { target } }, { host }) => {
  const found = target.kind === 'resource' ? host.redirects.find(target) : undefined
  if (found === undefined) return undefined
  const origin = host.settings.origins.get('Redirect')?.[found.index]
  return { answer: found.answer, because: { kind: 'directive', name: 'Redirect', origin } }
}
