/** An end of a connection: an IP address, or `-` where it is not known, and a port. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** What carries the bytes of one connection. Nobody but a transport knows what that is: a socket, or something in it. */
export interface Transport {
  readonly remote: Endpoint
  /** Once the client has gone it can no longer be asked for, unless it was before. */
  readonly local: Endpoint
  readonly isClosed: boolean
  /** Whether it has one of the last descriptors, which are not for clients. */
  readonly isOnReserve: boolean
  readonly isPaused: boolean
  /** How many bytes the client has acknowledged in its life, which only grows. */
  readonly acknowledgedBytes: number

  /** Begins to tell of what comes; it is called once. */
  start(user: TransportUser): void
  /**
   * Hands bytes over in one call, to be sent as they are: they must not change until they are taken.
   *
   * @returns Whether all of them are taken; if not, nothing more may be written until `taken` is called.
   */
  write(bytes: Buffer, more?: Buffer): boolean
  /**
   * Has bytes of an open file sent without a copy for this process; where there is no such method, it cannot be done.
   *
   * @returns How many were taken. Fewer than `length`, none perhaps, when there is no room for more, the file has no
   *   more, or it cannot be done now: whoever reads and writes the next of them learns which.
   */
  readonly sendFile?: ((descriptor: number, position: number, length: number) => number) | undefined
  pause(): void
  resume(): void
  /** Tells the client that nothing more comes, behind all that was written. Whoever calls this closes it later. */
  endSending(): void
  /** What was taken may still arrive. */
  close(): void
  /** Breaks the connection off, so that nobody takes what was sent for the whole. */
  abort(): void
}

/** Who is told what becomes of a connection. */
export interface TransportUser {
  /** @param text The bytes that have come, as a byte string. */
  received(text: string): void
  /** All that was written is taken, after a write that did not say so. */
  taken(): void
  /** The client sends no more. */
  ended(): void
  /** It is over, whoever has ended it; nothing follows. */
  closed(): void
}
