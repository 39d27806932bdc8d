import { type Refusal, refusal } from './refusal.ts'
import { type BodyFraming, bodyFraming } from './request-body.ts'
import { type HeadLimits, parseRequestHead, type RequestHead } from './request-head.ts'
import { parseRequestTarget, type Target } from './request-target.ts'

/** A request that can be served: all that its head says, judged. */
export interface Request {
  readonly kind: 'request'
  readonly head: RequestHead
  /** The host asked for, without port; undefined when the client named none. */
  readonly host: string | undefined
  readonly target: Target
  readonly body: BodyFraming
  /** Whether the client will go on using the connection (RFC 9112 §9.3). */
  readonly persistent: boolean
  /** Whether the client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1). */
  readonly expectsContinue: boolean
}

/** A request that cannot be served, with its head if that much could be read. */
export interface RefusedRequest {
  readonly kind: 'refused'
  readonly refusal: Refusal
  readonly head: RequestHead | undefined
}

export interface RequestLimits {
  readonly head: HeadLimits
  /** Bytes of content (LimitRequestBody). */
  readonly body: number
}

/**
 * Reads the request at the start of `bytes`: its head, whom and what it asks, and how its body ends.
 *
 * @param examined As for {@link parseRequestHead}.
 */
export function readRequest(
  bytes: Buffer,
  limits: RequestLimits,
  examined = 0,
): Request | RefusedRequest | 'incomplete' {
  const head = parseRequestHead(bytes, limits.head, examined)
  if (head === 'incomplete') return head
  if (head.kind === 'refusal') return { kind: 'refused', refusal: head, head: undefined }

  const refuse = (why: Refusal): RefusedRequest => ({ kind: 'refused', refusal: why, head })
  const body = bodyFraming(head, limits.body)
  if (body.kind === 'refusal') return refuse(body)
  const address = parseRequestTarget(head)
  if (address.kind === 'refusal') return refuse(address)
  const expectation = head.fields.get('expect')?.toLowerCase() ?? ''
  if (expectation !== '' && expectation !== '100-continue') {
    return refuse(refusal(417, 'An expectation other than 100-continue'))
  }

  return {
    kind: 'request',
    head,
    host: address.host,
    target: address.target,
    body,
    persistent: isPersistent(head),
    expectsContinue: expectation !== '' && head.version === '1.1' && body.kind !== 'none',
  }
}

function isPersistent({ fields, version }: RequestHead): boolean {
  if (!fields.has('connection')) return version === '1.1'
  if (fields.hasToken('connection', 'close')) return false
  return version === '1.1' || fields.hasToken('connection', 'keep-alive')
}
