import type { RedirectRules } from '../../http/response/redirect-rules.ts'
import type { Step } from '../step.ts'

/**
 * Redirect: sends elsewhere, or tells that something is gone, whatever is wanted of it.
 *
 * @param origins Where each of the rules stands.
 */
export function redirectStep(rules: RedirectRules, origins: readonly string[]): Step {
  return ({ request: { target } }) => {
    const found = target.kind === 'resource' ? rules.find(target) : undefined
    if (found === undefined) return undefined
    const because = { kind: 'directive', name: 'Redirect', origin: origins[found.index] } as const
    return { answer: found.answer, because }
  }
}
