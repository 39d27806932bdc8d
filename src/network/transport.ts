/**
 * An end of a connection: an IP address, or {@link UNKNOWN_ADDRESS}, and a port. That of a Unix socket is {@link UNIX_PEER}, with
 * its path for the server's own end, and port 0.
 */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** What carries the bytes of one connection: a socket, or something inside one, which only the transport knows. */
export interface Transport {
  /** The client: the other end of the connection, unless a proxy there has said otherwise. */
  readonly remote: Endpoint
  /** The server's own end; not known when it is asked for the first time after the client has gone. */
  readonly local: Endpoint
  readonly isClosed: boolean
  /** Whether its descriptor is one of the reserve, which is not for clients. */
  readonly isOnReserve: boolean
  readonly isPaused: boolean
  /** How many bytes the client has acknowledged in its life, which only grows. */
  readonly acknowledgedBytes: number

  /** Asks for `local` now, so that it will be known later. */
  learnLocal(): void
  /** Begins to deliver events; called once. */
  start(user: TransportUser): void
  /**
   * Delivers all further events to another user.
   *
   * @param remote The client, as it is known by now.
   */
  handOver(user: TransportUser, remote: Endpoint): void
  /**
   * Writes bytes in one call; they must not change until they are taken.
   *
   * @returns Whether all of them are taken; if not, nothing more may be written until `taken` is called.
   */
  write(bytes: Buffer, more?: Buffer): boolean
  /**
   * Sends bytes of an open file without a copy; a transport that cannot has no such method.
   *
   * @returns How many were taken: fewer than `length`, or none, when there is no room for more, the file has
   *   ended, or it cannot be done now. Whoever reads and writes the next bytes learns which.
   */
  readonly sendFile?: ((descriptor: number, position: number, length: number) => number) | undefined
  pause(): void
  resume(): void
  /** Ends the sending side, after all that was written. The caller closes the transport later. */
  endSending(): void
  /** Closes it; what was taken may still arrive. */
  close(): void
  /** Resets the connection, so that nobody takes what was sent for the whole. */
  abort(): void
}

/** Receives the events of a transport. */
export interface TransportUser {
  /** @param text The bytes that have come, as a byte string. */
  received(text: string): void
  /**
   * Looks at what has come in the clear before a transport makes something else of it: one that does not hands all to `received`.
   *
   * @returns What is left of it, which may be nothing.
   */
  preface?(text: string): string
  /** What comes and goes is in the clear, though this is not spoken here: the client is to be told so. */
  misspoke(): void
  /** All that was written is taken, after a write that did not say so. */
  taken(): void
  /** The client has ended its sending side. */
  ended(): void
  /** The connection is closed, by either side; no event follows. */
  closed(): void
  /** A fault of ours has struck the transport, which is to be given up. */
  fail(error: unknown): void
}
