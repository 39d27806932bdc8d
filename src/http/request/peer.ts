/** The client of a connection, as it is known when its first request is judged. */
export interface Peer {
  /** An IP address, or `-` where it is not known. */
  readonly address: string
  readonly port: number
}
