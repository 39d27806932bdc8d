/**
 * The answer to a request that cannot be served as it stands. Whoever sends it closes the connection
 * afterwards: what follows on the wire can no longer be told apart with certainty.
 */
export interface Refusal {
  readonly kind: 'refusal'
  readonly status: number
  /** What was wrong, for the administrator. */
  readonly reason: string
}

export function refusal(status: number, reason: string): Refusal {
  return { kind: 'refusal', status, reason }
}
