import type { ErrorDocument } from '../config/config.ts'
import { isOutOfDescriptors } from '../files/descriptors.ts'
import type { FileLookup } from '../files/file-store.ts'
import type { Cacheable, FoundFile } from '../files/found-file.ts'
import { isFresh, type Sighting } from '../files/sighting.ts'
import { byteString } from '../http/byte-string.ts'
import type { Field } from '../http/field.ts'
import { ERROR_PAGE_POLICY, errorPage } from './error-page.ts'

/** What explains a status to a person: a file of the site, or a page made for it, with the fields it needs. */
export type ErrorContent = { readonly kind: 'file'; readonly file: FoundFile } | ErrorPage

export interface ErrorPage extends Cacheable {
  readonly kind: 'generated'
  readonly mediaType: string
  readonly fields: readonly Field[]
  readonly bytes: Buffer
}

const HTML = 'text/html; charset=utf-8'
/**
 * The administrator's own text may use what it likes; our page needs nothing. No page of these says `nosniff`: browsers would
 * tell that a style sheet has the wrong type, and not that it is not there.
 */
const PAGE_FIELDS: readonly Field[] = [['Content-Security-Policy', ERROR_PAGE_POLICY]]

/** What is at a URL path, as it is. */
export type FindPage = (path: string, now: number) => FileLookup | { readonly kind: string }

/** The pages that go with statuses: the configured ErrorDocument, or our own where there is none. */
export class ErrorDocuments {
  readonly #documents: ReadonlyMap<number, ErrorDocument>
  readonly #findPage: FindPage
  readonly #pages = new Map<number, ErrorPage>()
  /** That there is no file for a status. */
  readonly #missing = new Map<number, Sighting>()

  constructor(documents: ReadonlyMap<number, ErrorDocument>, findPage: FindPage) {
    this.#documents = documents
    this.#findPage = findPage
  }

  /**
   * @param now Milliseconds since the epoch.
   * @param location Where the response sends the client, if it does.
   */
  for(status: number, now: number, location?: string): ErrorContent {
    const document = this.#documents.get(status)
    if (document?.kind === 'text') return this.#once(status, () => page(document.text, []))
    if (document?.kind === 'path' && !this.#isKnownToMiss(status, now)) {
      const found = this.#find(byteString(document.path), now)
      if (found !== undefined) return found
      this.#missing.set(status, { at: now })
    }
    const make = () => page(errorPage({ status, location }), PAGE_FIELDS)
    return location === undefined ? this.#once(status, make) : make()
  }

  /** When a file for this status was last seen to be missing; undefined when none was looked for. */
  missedAt(status: number): number | undefined {
    return this.#missing.get(status)?.at
  }

  /** Most sites have no such files, and each look for one takes a third of the time of the answer. */
  #isKnownToMiss(status: number, now: number): boolean {
    const missing = this.#missing.get(status)
    return missing !== undefined && isFresh(missing, now)
  }

  /** Undefined also when no more files can be opened, which may be just what is to be explained. */
  #find(path: string, now: number): FileLookup | undefined {
    try {
      const found = this.#findPage(path, now)
      return 'file' in found ? found : undefined
    } catch (error) {
      if (isOutOfDescriptors(error)) return undefined
      throw error
    }
  }

  #once(status: number, make: () => ErrorPage): ErrorPage {
    const known = this.#pages.get(status)
    if (known !== undefined) return known
    const made = make()
    this.#pages.set(status, made)
    return made
  }
}

function page(text: string, fields: readonly Field[]): ErrorPage {
  return { kind: 'generated', mediaType: HTML, fields, bytes: Buffer.from(text), answers: [] }
}
