import type { Fields } from '../fields.ts'
import { type Refusal, refusal } from './refusal.ts'
import { type BodyFraming, bodyFraming } from './request-body.ts'
import { type HeadLimits, HeadParser, type RequestHead } from './request-head.ts'
import { parseHost, type Target } from './request-target.ts'

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

/** Reads requests: their heads, whom and what they ask, and how their bodies end. */
export class RequestParser {
  readonly limits: RequestLimits
  readonly #heads: HeadParser

  constructor(limits: RequestLimits) {
    this.limits = limits
    this.#heads = new HeadParser(limits.head)
  }

  /** As {@link HeadParser.parse}. */
  parse(input: string, from = 0, examined = from): Request | RefusedRequest | 'incomplete' {
    const head = this.#heads.parse(input, from, examined)
    if (head === 'incomplete') return head
    if (head.kind === 'refusal') return { kind: 'refused', refusal: head, head: undefined }
    return judgeRequest(head, this.limits)
  }
}

function judgeRequest(head: RequestHead, limits: RequestLimits): Request | RefusedRequest {
  const { line, fields } = head
  const body = bodyFraming(head, limits.body)
  if (body.kind === 'refusal') return refuse(head, body)
  const host = fields.judge(parseHost)
  if (typeof host === 'object') return refuse(head, host)
  if (host === undefined && line.version === '1.1') return refuse(head, refusal(400, 'No Host'))
  if (line.asked.kind === 'refusal') return refuse(head, line.asked)
  const expectation = fields.get('expect')?.toLowerCase() ?? ''
  if (expectation !== '' && expectation !== '100-continue') {
    return refuse(head, refusal(417, 'An expectation other than 100-continue'))
  }

  return {
    kind: 'request',
    head,
    host: line.asked.host ?? host,
    target: line.asked.target,
    body,
    persistent: isPersistent(head),
    expectsContinue: expectation !== '' && line.version === '1.1' && body.kind !== 'none',
  }
}

function refuse(head: RequestHead, why: Refusal): RefusedRequest {
  return { kind: 'refused', refusal: why, head }
}

function isPersistent({ fields, line }: RequestHead): boolean {
  switch (fields.judge(connectionOption)) {
    case 'close':
      return false
    case 'keep-alive':
      return true
    case 'none':
      return line.version === '1.1'
  }
}

/** RFC 9112 §9.3: what says `close` closes, whatever else it says. */
function connectionOption(fields: Fields): 'close' | 'keep-alive' | 'none' {
  if (fields.hasToken('connection', 'close')) return 'close'
  return fields.hasToken('connection', 'keep-alive') ? 'keep-alive' : 'none'
}
