import { type ConnectionOption, formatResponseHead } from '../http/response/response-head.ts'
import { CachedResponse } from '../site/cached-response.ts'
import type { Response } from '../site/response.ts'
import { ResponseBody } from './response-body.ts'

/** The most that is handed to the kernel at a time, in bytes. */
const CHUNK_SIZE = 256 * 1024
/** From so many bytes that are left to the kernel on, the head goes ahead alone, so that it can send all of them. */
const MUCH_OF_A_FILE = 64 * 1024

/** As a Transport sends. */
export interface ByteSender {
  write(bytes: Buffer, more?: Buffer): boolean
  sendFile(descriptor: number, position: number, length: number): number
}

/** All of the response is taken, or there is more to write, or what was written last is not all taken. */
export type Progress = 'all' | 'more' | 'waiting'

/** Chunk buffers not in use. Clients whose writes go on each need one; a new one each time would soon be much to collect. */
const spareChunks: Buffer[] = []
const MOST_SPARE = 8

/** Writes one response, a chunk at a time. */
export class ResponseWriter {
  readonly #sender: ByteSender
  #body: ResponseBody | undefined
  /** The buffer whose bytes are not all taken. */
  #chunk: Buffer | undefined
  #unsent = 0
  /** Bytes that were taken, those of the head included. */
  bytesSent = 0
  /** Bytes. */
  headSize = 0

  constructor(sender: ByteSender) {
    this.#sender = sender
  }

  /** Bytes of the whole response, its head included. */
  get bytesTotal(): number {
    return this.bytesSent + this.#unsent + (this.#body?.left ?? 0)
  }

  /** What is wrong with a file that is no longer all there; undefined while nothing is. */
  get cutShort(): Error | undefined {
    return this.#body?.isCutShort === true ? this.#body.cutShort : undefined
  }

  /** Writes the head, and a first chunk of the body: both in one call, unless that is much of an open file. */
  begin(response: Response, option: ConnectionOption): Progress {
    if (response instanceof CachedResponse) return this.#writeMessage(response, option)
    const body = new ResponseBody(response.parts, response.file)
    this.#body = body
    const head = formatResponseHead(response.status, response.fields, option)
    this.headSize = head.length
    if (body.fileAhead < MUCH_OF_A_FILE) return this.#write(this.#nextChunk(body, head, CHUNK_SIZE))
    const progress = this.#write(Buffer.from(head, 'latin1'))
    return progress === 'more' ? this.continue() : progress
  }

  /**
   * Writes a chunk more: as much of it as the kernel has room for straight from the file, and the rest by way of
   * memory, since nothing but a write tells when there is room again.
   */
  continue(): Progress {
    const body = this.#body
    if (body === undefined) throw new Error('There is no response to go on with')
    const sent = body.sendFile(this.#sender, CHUNK_SIZE)
    this.bytesSent += sent
    if (sent === CHUNK_SIZE || body.left === 0) return this.#rest
    return this.#write(this.#nextChunk(body, '', CHUNK_SIZE - sent))
  }

  /**
   * Leaves a whole response to another, who sends it later, and calls `taken` then.
   *
   * @param keep Tells whether it was kept.
   */
  leave(
    response: CachedResponse,
    option: ConnectionOption,
    keep: (bytes: Buffer, more?: Buffer) => boolean,
  ): boolean {
    const { bytes, headSize, body } = response.message(option)
    if (!keep(bytes, body)) return false
    this.headSize = headSize
    this.#unsent = bytes.length + (body?.length ?? 0)
    return true
  }

  /** What was written last is taken. */
  taken(): 'all' | 'more' {
    this.bytesSent += this.#unsent
    this.#unsent = 0
    if (this.#chunk !== undefined && spareChunks.length < MOST_SPARE) spareChunks.push(this.#chunk)
    this.#chunk = undefined
    return this.#rest
  }

  get #rest(): 'all' | 'more' {
    return this.#body !== undefined && this.#body.left > 0 ? 'more' : 'all'
  }

  #writeMessage(response: CachedResponse, option: ConnectionOption): Progress {
    const { bytes, headSize, body } = response.message(option)
    this.headSize = headSize
    return this.#write(bytes, body)
  }

  #write(bytes: Buffer, more?: Buffer): Progress {
    this.#unsent = bytes.length + (more?.length ?? 0)
    return this.#sender.write(bytes, more) ? this.taken() : 'waiting'
  }

  #nextChunk(body: ResponseBody, head: string, most: number): Buffer {
    const size = Math.min(head.length + body.left, most)
    // A slow client may hold on to it for long, and there may be many.
    const chunk = size < CHUNK_SIZE / 2 ? Buffer.allocUnsafe(size) : this.#takeChunk().subarray(0, size)
    chunk.write(head, 0, 'latin1')
    body.take(chunk, head.length)
    return chunk
  }

  #takeChunk(): Buffer {
    const chunk = spareChunks.pop() ?? Buffer.allocUnsafeSlow(CHUNK_SIZE)
    this.#chunk = chunk
    return chunk
  }
}
