import { closeSync, writeSync } from 'node:fs'
import { codeOf } from '../errors.ts'
import { libc } from '../libc.ts'
import { printable } from '../text/terminal.ts'

// From <bits/socket.h> and <bits/socket_type.h>.
const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000

/** The contents of a message, by the names of sd_notify(3). Durations and times are microseconds. */
export interface Notification {
  readonly READY?: 1
  readonly RELOADING?: 1
  readonly STOPPING?: 1
  readonly WATCHDOG?: 1
  /** One line for a person. */
  readonly STATUS?: string
  /** On the kernel's monotonic clock. */
  readonly MONOTONIC_USEC?: number
  /** From now on. */
  readonly EXTEND_TIMEOUT_USEC?: number
}

/** Tells the service manager, which is systemd, about this process: sd_notify(3). */
export class Notifier implements Disposable {
  readonly #descriptor: number

  private constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /**
   * Connects to the socket that `NOTIFY_SOCKET` names, and removes that variable; undefined when there is none.
   *
   * Node knows datagram sockets of the Internet only, hence the foreign functions.
   *
   * @throws An Error when the manager cannot be reached, and will therefore never know that this process is ready.
   */
  static connect(environment: NodeJS.ProcessEnv): Notifier | undefined {
    const name = environment['NOTIFY_SOCKET']
    delete environment['NOTIFY_SOCKET']
    if (name === undefined || name === '') return undefined
    const descriptor = connectDatagrams(name)
    if (descriptor === undefined) throw new Error(`Cannot tell systemd anything on NOTIFY_SOCKET "${name}"`)
    return new Notifier(descriptor)
  }

  /** Sends a message; false when the manager did not take it, because it is behind with its messages or restarting. */
  tell(notification: Notification): boolean {
    // A line end would begin another assignment.
    const lines = Object.entries(notification).map(([name, value]) => `${name}=${printable(String(value))}`)
    try {
      writeSync(this.#descriptor, lines.join('\n'))
      return true
    } catch (error) {
      const code = codeOf(error)
      if (code === 'EAGAIN' || code === 'ECONNREFUSED' || code === 'ENOBUFS') return false
      throw error
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }
}

function connectDatagrams(name: string): number | undefined {
  if (libc === undefined) return undefined
  // A call must never wait for the manager, or nobody would be served meanwhile.
  const descriptor = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  if (descriptor < 0) return undefined
  const address = socketAddress(name)
  if (libc.connect(descriptor, address, address.length) === 0) return descriptor
  closeSync(descriptor)
  return undefined
}

/** A `sockaddr_un` of unix(7): a name that begins with @ is not of a file, and begins with NUL there. */
export function socketAddress(name: string): Buffer {
  const family = Buffer.from(Uint16Array.of(AF_UNIX).buffer)
  const path = name.startsWith('@') ? `\0${name.slice(1)}` : `${name}\0`
  return Buffer.concat([family, Buffer.from(path)])
}
