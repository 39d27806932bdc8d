/** The client of a connection, as it is known when its first request is judged. */
export interface Peer {
  /** An IP address, `-` where it is not known, or `unix:` at a Unix socket. */
  readonly address: string
  readonly port: number
}
