import type { Transport } from '../transport.ts'

/** What the bytes of a conversation go through, above or below a handshake; its methods do as those of a transport. */
export type Channel = Pick<Transport, 'isPaused' | 'write' | 'pause' | 'resume' | 'endSending'>
