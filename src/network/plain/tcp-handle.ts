import type { Server } from 'node:net'
import { libc } from '../../libc.ts'

/** What bytes come and go through, inside a stream of Node. Its calls return 0 or, for an error, a negative number. */
export interface StreamHandle {
  /** Called when something has come, or the end: {@link Streams} says what. */
  onread: () => void
  /** Has what comes written there. */
  useUserBuffer(buffer: Buffer): void
  readStart(): number
  readStop(): number
  writeBuffer(request: WriteRequest, bytes: Buffer): number
  writev(request: WriteRequest, pieces: readonly Buffer[], areBuffers: true): number
}

/** A TCP socket of libuv, as Node has it inside a net.Socket or net.Server. */
export interface TcpHandle extends StreamHandle {
  readonly fd: number
  /** Bytes that the kernel had no room for yet. */
  readonly writeQueueSize: number
  /** Called with each client, if this listens. */
  onconnection: (this: TcpHandle, error: number, client?: TcpHandle) => void
  /** Takes a descriptor over. */
  open(descriptor: number): number
  close(closed: () => void): void
  /** Closes it with a reset. */
  reset(closed: () => void): number
  getpeername(found: Partial<SocketName>): number
  getsockname(found: Partial<SocketName>): number
}

export interface SocketName {
  address: string
  port: number
}

/** A write, which may go on after the call. */
export interface WriteRequest {
  /** Called at the end of one that went on. */
  oncomplete: (this: WriteRequest, status: number) => void
}

/** How handles say what came of their last call. */
export interface Streams {
  readonly WriteWrap: new () => WriteRequest
  readonly streamBaseState: Int32Array
  /** Where the state says how many bytes have come, or which error. */
  readonly kReadBytesOrError: number
  /** Where the state says whether the last write goes on. */
  readonly kLastWriteWasAsync: number
}

/** Undefined where this Node does not show them, or cannot end the sending side of a handle: shutdown(2). */
export const streams: Streams | undefined = libc === undefined ? undefined : findStreams()

const STREAM_METHODS = ['useUserBuffer', 'readStart', 'readStop', 'writeBuffer', 'writev'] as const
const TCP_METHODS = ['open', 'close', 'reset', 'getpeername', 'getsockname'] as const

/** The handle of a server that listens; undefined where this Node keeps none that can do all of this. */
export function handleOf(server: Server): TcpHandle | undefined {
  const handle: unknown = Reflect.get(server, '_handle')
  return streams !== undefined && isTcpHandle(handle) ? handle : undefined
}

/** A handle of a connection, as the one that listens would make it, with nothing in it yet. */
export function emptyHandle(listening: TcpHandle): TcpHandle {
  const empty: unknown = Reflect.construct(listening.constructor, [SOCKET])
  if (!isTcpHandle(empty)) throw new TypeError('A handle makes no other')
  return empty
}

/** TCP::SocketType of Node. */
const SOCKET = 0

export function isStreamHandle(value: unknown): value is StreamHandle {
  return isObject(value) && STREAM_METHODS.every(name => typeof value[name] === 'function')
}

function isTcpHandle(value: unknown): value is TcpHandle {
  if (!isStreamHandle(value) || !('writeQueueSize' in value) || !isObject(value)) return false
  return TCP_METHODS.every(name => typeof value[name] === 'function')
}

function findStreams(): Streams | undefined {
  const binding: unknown = Reflect.get(process, 'binding')
  if (typeof binding !== 'function') return undefined
  const found: unknown = binding.call(process, 'stream_wrap')
  return isStreams(found) ? found : undefined
}

function isStreams(value: unknown): value is Streams {
  return (
    isObject(value) &&
    typeof value['WriteWrap'] === 'function' &&
    value['streamBaseState'] instanceof Int32Array &&
    typeof value['kReadBytesOrError'] === 'number' &&
    typeof value['kLastWriteWasAsync'] === 'number'
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
