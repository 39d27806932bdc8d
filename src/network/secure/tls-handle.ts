import type { TLSSocket } from 'node:tls'
import { isStreamHandle, type StreamHandle } from '../plain/tcp-handle.ts'

/** What Node has inside a TLSSocket: OpenSSL above the handle of a TCP connection. */
export interface TlsHandle extends StreamHandle {
  /** Encrypted bytes of which it is not known yet that the kernel has them. */
  readonly writeQueueSize: number
  /** What is beneath, with the bytes that the kernel had no room for. */
  readonly _parent: { readonly writeQueueSize: number }
}

/** The handle of a TLSSocket; undefined where this Node keeps none that can do all of this. */
export function handleOfTls(stream: TLSSocket): TlsHandle | undefined {
  const handle: unknown = Reflect.get(stream, '_handle')
  return isTlsHandle(handle) ? handle : undefined
}

function isTlsHandle(value: unknown): value is TlsHandle {
  if (!isStreamHandle(value) || !hasQueue(value)) return false
  return '_parent' in value && hasQueue(value._parent)
}

function hasQueue(value: unknown): value is { readonly writeQueueSize: number } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'writeQueueSize' in value &&
    typeof value.writeQueueSize === 'number'
  )
}
