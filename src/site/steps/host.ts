import { page } from '../../http/response/respond.ts'
import type { Decision, Step } from '../step.ts'

const MISDIRECTED: Decision = { answer: page(421), because: { kind: 'host' } }

/** StrictHostCheck: who names a host that is none of ours is not answered as if he had named another. */
export const hostStep: Step = ({ request }, { host, isNamed }) =>
  isNamed || request.host === undefined || !host.settings.strictHostCheck ? undefined : MISDIRECTED
