import type { Socket } from 'node:net'
import { LANDING } from './landing.ts'

/** The symbols of a socket's `onread` buffer and callback (net.Socket). */
interface OnreadKeys {
  readonly buffer: symbol
  readonly callback: symbol
}

let knownKeys: OnreadKeys | undefined

/**
 * Hands everything that a socket receives to `receive`, as a byte string.
 *
 * The usual way allocates 64 KiB for each piece and passes it through a stream, which is much of the work of
 * a small request. With `onread` Node spares that for a client's socket, but has no such option for accepted
 * ones: hence the look inside. Where that finds nothing, pieces come as usual.
 */
export function receive(socket: Socket, receive: (text: string) => void): void {
  const keys = onreadKeys(socket)
  const handle: unknown = Reflect.get(socket, '_handle')
  if (keys === undefined || !canUseBuffer(handle)) {
    socket.on('data', (bytes: Buffer) => receive(bytes.toString('latin1')))
    return
  }
  Reflect.set(socket, keys.buffer, LANDING)
  Reflect.set(socket, keys.callback, (length: number) => receive(LANDING.toString('latin1', 0, length)))
  handle.useUserBuffer(LANDING)
}

function onreadKeys(socket: Socket): OnreadKeys | undefined {
  if (knownKeys !== undefined) return knownKeys
  const symbols = Object.getOwnPropertySymbols(socket)
  const buffer = symbols.find(({ description }) => description === 'kBuffer')
  const callback = symbols.find(({ description }) => description === 'kBufferCb')
  if (buffer === undefined || callback === undefined) return undefined
  knownKeys = { buffer, callback }
  return knownKeys
}

function canUseBuffer(handle: unknown): handle is { useUserBuffer(buffer: Buffer): void } {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    'useUserBuffer' in handle &&
    typeof handle.useUserBuffer === 'function'
  )
}
