import { isWorthwhile } from '../encoding/compressible.ts'
import { gzip, PIECE } from '../encoding/gzip.ts'
import type { FileLookup, Lookup, Packing } from '../files/file-store.ts'
import { FileInMemory, type FoundFile } from '../files/found-file.ts'
import type { Field } from '../http/field.ts'
import type { Request } from '../http/request/request.ts'
import type { Freshness } from '../http/response/freshness.ts'
import {
  answerFile,
  type FileAnswer,
  fieldsOfWhole,
  page,
  validatorsOf,
  wholeOf,
} from '../http/response/respond.ts'
import { CachedResponse, cachedResponse, cacheResponse } from './cached-response.ts'
import type { Composer } from './composer.ts'
import type { Reason } from './reason.ts'
import type { Preparation, Reply, Response } from './response.ts'
import type { ResponseClock } from './response-clock.ts'

/** What all file servers of a configuration have in common. */
interface SharedByFileServers {
  readonly clock: ResponseClock
  /** Whether a file of several pieces is being packed. */
  isPacking: boolean
}

/** Answers with files: whole or in part, or that the client has them, as the conditions of the request will have it. */
export class FileServer {
  readonly #composer: Composer
  readonly #freshness: Freshness
  readonly #shared: SharedByFileServers

  constructor(composer: Composer, freshness: Freshness, shared: SharedByFileServers) {
    this.#composer = composer
    this.#freshness = freshness
    this.#shared = shared
  }

  /**
   * Whatever becomes of it, the file does not stay open.
   *
   * @param because Why it is this file.
   */
  serve(request: Request, { file, packing }: FileLookup, because: Reason, now: number): Reply | Preparation {
    if (packing === undefined) return this.#serve(request, file, because, now)
    // One piece takes little longer than to send it.
    if (file.size <= PIECE) return finish(this.#pack(request, file, packing, because, now))
    if (this.#shared.isPacking) return this.#serve(request, file, because, now)
    return this.#alone(this.#pack(request, file, packing, because, now))
  }

  *#alone(preparation: Preparation): Preparation {
    this.#shared.isPacking = true
    try {
      return yield* preparation
    } finally {
      this.#shared.isPacking = false
    }
  }

  *#pack(request: Request, file: FoundFile, packing: Packing, because: Reason, now: number): Preparation {
    using held = new DisposableStack()
    held.use(file)
    const pieces: Buffer[] = []
    for (const piece of gzip(contentOf(file))) {
      pieces.push(piece)
      yield
    }
    const packed = Buffer.concat(pieces)
    const outcome = packing.done(isWorthwhile(file.size, packed.length) ? packed : undefined)
    if (outcome === 'changed') return this.#serveAgain(request, packing.again(), because, now)
    if (outcome !== 'as it is') return this.#serve(request, outcome, because, now)
    held.move()
    return this.#serve(request, file, because, now)
  }

  /** Serves what has taken the place of a file while it was packed. */
  #serveAgain(request: Request, found: Lookup, because: Reason, now: number): Reply {
    if (found.kind === 'file') return this.#serve(request, found.file, because, now)
    const reply = (status: number, why: Reason): Reply => {
      return { response: this.#composer.answer(page(status), request.head.line.method, now), because: why }
    }
    return found.kind === 'forbidden' ? reply(403, found) : reply(404, { kind: 'missing' })
  }

  #serve(request: Request, file: FoundFile, because: Reason, now: number): Reply {
    try {
      const answer = answerFile(request, file, now)
      return {
        response: this.#respond(file, answer, request.head.line.method, now),
        because: reasonOf(answer) ?? because,
      }
    } catch (error) {
      file[Symbol.dispose]()
      throw error
    }
  }

  #respond(file: FoundFile, answer: FileAnswer, method: string, now: number): Response {
    switch (answer.kind) {
      case 'whole':
        if (method !== 'GET' || !(file instanceof FileInMemory)) return this.#sendWhole(file, method, now)
        return this.#recall(200, file, now) ?? this.#remember(file, this.#sendWhole(file, method, now), now)
      case 'not modified':
        if (!(file instanceof FileInMemory)) return this.#tellUnchanged(file, now)
        return this.#recall(304, file, now) ?? this.#remember(file, this.#tellUnchanged(file, now), now)
      case 'partial': {
        const fields = this.#withFreshness(answer.fields, file, now)
        return this.#composer.complete({ status: 206, fields, parts: answer.parts, file }, method, now)
      }
      default:
        file[Symbol.dispose]()
        return this.#composer.answer(answer, method, now)
    }
  }

  #recall(status: number, file: FileInMemory, now: number): Response | undefined {
    return cachedResponse(file, status, now)?.at(this.#shared.clock.dateAt(now))
  }

  #remember(file: FileInMemory, made: Response, now: number): Response {
    // A Last-Modified that lies ahead is cut down to the Date, and how long a file is fresh may be counted from it.
    const dependsOnDate = file.modified > now || this.#freshness.fieldsOf(file, now).length > 0
    const { end } = this.#shared.clock.secondOf(now)
    const validity = dependsOnDate
      ? { from: end - 1000, until: end }
      : { from: file.modified, until: Number.POSITIVE_INFINITY }
    return cacheResponse(file, new CachedResponse(made, file, validity))
  }

  #sendWhole(file: FoundFile, method: string, now: number): Response {
    const fields = this.#withFreshness(fieldsOfWhole(file, now), file, now)
    return this.#composer.complete({ status: 200, fields, parts: wholeOf(file), file }, method, now)
  }

  #tellUnchanged(file: FoundFile, now: number): Response {
    const fields = this.#withFreshness(validatorsOf(file, now), file, now)
    return this.#composer.complete({ status: 304, fields, parts: [], file }, undefined, now)
  }

  #withFreshness(fields: readonly Field[], file: FoundFile, now: number): readonly Field[] {
    return [...fields, ...this.#freshness.fieldsOf(file, now)]
  }
}

function finish(preparation: Preparation): Reply {
  for (;;) {
    const step = preparation.next()
    if (step.done === true) return step.value
  }
}

/** All that there is of a file, a piece at a time. */
function* contentOf(file: FoundFile): Generator<Buffer> {
  for (let position = 0; position < file.size; position += PIECE) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE, file.size - position))
    yield piece.subarray(0, file.read(piece, 0, piece.length, position))
  }
}

/** Undefined when nothing but the file decides. */
function reasonOf(answer: FileAnswer): Reason | undefined {
  if (answer.kind !== 'page') return undefined
  return { kind: answer.status === 416 ? 'range' : 'condition' }
}
