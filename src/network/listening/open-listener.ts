import type { ListenAddress } from '../../config/config.ts'

/** Listens at one address. */
export interface OpenListener {
  /** As it was asked for. */
  readonly address: ListenAddress
  /** With its actual port, also where the kernel chose that. */
  readonly bound: ListenAddress
  /**
   * Takes no new clients, and closes when the last are accepted; open connections stay.
   *
   * @param isHandedOver Other listeners may have the port: the last handshakes are waited for.
   */
  retire(isHandedOver: boolean): Promise<void>
}

/** Is told what goes wrong while accepting, which does not end the listening. */
export type OnProblem = (error: Error) => void

/** As many clients as the kernel ever holds until they are accepted (`net.core.somaxconn`). */
export const LONGEST_BACKLOG = 2 ** 31 - 1
