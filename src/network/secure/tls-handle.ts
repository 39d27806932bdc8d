import type { SecureContext } from 'node:tls'
import { isStreamHandle, type StreamHandle, type TcpHandle } from '../plain/tcp-handle.ts'

/** OpenSSL above the handle of a TCP connection, as Node has it inside a TLSSocket. */
export interface TlsHandle extends StreamHandle {
  /** Called when the handshake is complete, by OpenSSL, which is at work still. */
  onhandshakedone: () => void
  /** Called when TLS has failed, with what the client is told of that handed over. */
  onerror: (error: Error) => void
  /** Encrypted bytes of which it is not known yet that the kernel has them. */
  readonly writeQueueSize: number
  /** @param names Each behind a byte with its length (RFC 7301 §3.1). */
  setALPNProtocols(names: Buffer): void
  /** Takes bytes as if they had come from the client. */
  receive(bytes: Buffer): void
  /** Sends close_notify, then ends the sending side; what is not 0 has ended at once, in whichever way. */
  shutdown(request: ShutdownRequest): number
  /** Lets go of the session. */
  destroySSL(): void
}

export interface ShutdownRequest {
  oncomplete: () => void
}

/** How TLS is put above the handle of a connection. */
export interface TlsHandles {
  readonly ShutdownWrap: new () => ShutdownRequest
  /** Whoever closes the handle beneath lets go of the session then. */
  wrap(beneath: TcpHandle, context: SecureContext): TlsHandle
}

const TLS_METHODS = ['setALPNProtocols', 'receive', 'shutdown', 'destroySSL'] as const

/** Of Node, where this was tried: elsewhere it might take other arguments, and ends the process if it does. */
const TRIED = /^26\./

/** Undefined where this Node does not show them. */
export const tlsHandles: TlsHandles | undefined = TRIED.test(process.versions.node)
  ? findTlsHandles()
  : undefined

function findTlsHandles(): TlsHandles | undefined {
  const ShutdownWrap = inBinding('stream_wrap', 'ShutdownWrap')
  const TLSWrap = inBinding('tls_wrap', 'TLSWrap')
  const wrap = inBinding('tls_wrap', 'wrap')
  if (!isClass<ShutdownRequest>(ShutdownWrap) || !isClass(TLSWrap) || typeof wrap !== 'function')
    return undefined
  if (!isTlsHandle(TLSWrap.prototype)) return undefined
  return {
    ShutdownWrap,
    wrap: (beneath, { context }) => wrap(beneath, context, true, false),
  }
}

function inBinding(binding: string, name: string): unknown {
  const find: unknown = Reflect.get(process, 'binding')
  const found: unknown = typeof find === 'function' ? find.call(process, binding) : undefined
  return typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined
}

function isClass<Instance>(value: unknown): value is { new (): Instance; readonly prototype: unknown } {
  return typeof value === 'function' && typeof value.prototype === 'object'
}

function isTlsHandle(value: unknown): value is TlsHandle {
  if (!isStreamHandle(value) || !('writeQueueSize' in value)) return false
  return TLS_METHODS.every(name => typeof Reflect.get(value, name) === 'function')
}
