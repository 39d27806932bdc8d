import { byteString } from '../../http/byte-string.ts'
import type { Request } from '../../http/request/request.ts'
import type { Answer } from '../../http/response/respond.ts'
import type { AccessStep, ServerState } from '../step.ts'

/** By what balancers ask: HAProxy by OPTIONS, if nothing else is said. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

const ANSWERS: Readonly<Record<ServerState, Answer>> = {
  running: answer(200, 'ok'),
  draining: answer(503, 'draining'),
  stopping: answer(503, 'stopping'),
}

function answer(status: number, text: string): Answer {
  return { kind: 'text', status, fields: [['Cache-Control', 'no-store']], text: `${text}\n` }
}

/**
 * HealthPath: whether the server is there for more requests, whatever host is named, whoever asks and whatever is at that
 * path.
 *
 * @param path As it stands in the configuration.
 */
export function healthStep(path: string): AccessStep {
  const asked = byteString(path)
  return ({ request, serverState }) =>
    asksFor(asked, request) ? { answer: ANSWERS[serverState], because: { kind: 'health' } } : undefined
}

/** Whether a request is for HealthPath, as it stands in the configuration. */
export function isHealthCheck(path: string, request: Request): boolean {
  return asksFor(byteString(path), request)
}

function asksFor(path: string, { head, target }: Request): boolean {
  return target.kind === 'resource' && target.path === path && METHODS.has(head.line.method)
}
