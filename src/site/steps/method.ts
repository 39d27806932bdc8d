import { answerMethod, page } from '../../http/response/respond.ts'
import type { Decision, Step } from '../step.ts'

const NO_PATH: Decision = { answer: page(404), because: { kind: 'no path' } }

/** GET and HEAD of something with a path go on; all else is answered without a look for it. */
export const methodStep: Step = ({ request }) => {
  const answer = answerMethod(request)
  if (answer !== undefined) return { answer, because: { kind: 'method' } }
  return request.target.kind === 'resource' ? undefined : NO_PATH
}
