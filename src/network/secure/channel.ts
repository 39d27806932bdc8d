import type { SecureContext } from 'node:tls'
import type { Transport, TransportUser } from '../transport.ts'

/** The only protocol that is spoken inside (RFC 7301). */
export const ALPN = 'http/1.1'

/** What the bytes of a conversation go through, below a handshake or above it; its methods do as those of a transport. */
export type Channel = Pick<Transport, 'isPaused' | 'write' | 'pause' | 'resume' | 'endSending' | 'close'>

/** What goes through TLS. */
export interface SecureChannel extends Channel {
  /** The connection beneath is closed. */
  forget(): void
}

/** Receives the events of TLS in a connection, of which the connection itself tells that it is closed. */
export interface SecureChannelUser extends Pick<TransportUser, 'received' | 'taken' | 'ended' | 'fail'> {
  /** The handshake is complete. */
  shaken(): void
  /** TLS has failed: the connection is to be closed. */
  broken(error: Error): void
}

/** What a handshake begins with. */
export interface Opening {
  readonly context: SecureContext
  /** What has come of the client's first message. */
  readonly hello: Buffer
}

/** Begins a handshake in a connection that is read no longer, which may fail before this returns. */
export type Securing = (opening: Opening, user: SecureChannelUser) => SecureChannel
