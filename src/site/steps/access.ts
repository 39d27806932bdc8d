import type { Rules } from '../rules.ts'
import type { AccessStep, RequestContext } from '../step.ts'

/** Require: who may not have what the rules are for. */
export const accessStep: AccessStep = (context, { rules }) => rules.access?.refuse(context)

/** Tells whether whoever asks may have what some rules are for. */
export function mayHave(context: RequestContext): (rules: Rules) => boolean {
  return ({ access }) => access?.refuse(context) === undefined
}
