import type { FolderEntry, OpenFolder } from '../files/open-folder.ts'
import type { Absent, Forbidden } from '../files/root-folder.ts'
import { chooseVariant, parseAcceptEncoding } from '../http/encoding.ts'
import type { Field } from '../http/field.ts'
import type { Fields } from '../http/fields.ts'
import type { Request } from '../http/request/request.ts'
import { type Answer, answerPreconditions, page, VARY } from '../http/response/respond.ts'
import { LISTING_FORMATS, makeListing } from '../listing/listing.ts'
import { readListingView } from '../listing/listing-view.ts'
import type { SharedListings, SharedOutcome } from '../listing/shared-listings.ts'
import { type Composer, describe } from './composer.ts'
import type { Reason } from './reason.ts'
import type { Preparation, Reply } from './response.ts'

/** A listing is true when it is made, and has nothing by which it could be told to be still true. */
const FIELDS: readonly Field[] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Cache-Control', 'no-cache'],
]

const PACKED = { coding: 'gzip', size: 0 } as const
const CONTENT_ENCODING: Field = ['Content-Encoding', PACKED.coding]

const FAULTS: Readonly<Record<Extract<SharedOutcome, string>, Answer>> = {
  'too long': page(403),
  'no room': page(503, ['Retry-After', '5']),
  failed: page(500),
}

/** What all listers of a configuration have in common. */
interface SharedByListers {
  /** These have their memory together. */
  readonly listings: SharedListings
  /** How many there have been. */
  listers: number
}

/** Opens the folder at a URL path to list it. */
interface FolderOpener {
  openFolder(path: string): OpenFolder | Forbidden | Absent
}

/** Answers with listings of folders, a bit of work at a time. */
export class FolderLister {
  readonly #folders: FolderOpener
  readonly #serverName: string
  readonly #mayPack: boolean
  readonly #composer: Composer
  readonly #listings: SharedListings
  /** Tells its listings from those of other rules. */
  readonly #number: number
  /** How many there have been for one client each. */
  #ownListings = 0

  /**
   * @param serverName Stands on the page.
   * @param mayPack Whether listings are compressed for those who can unpack them.
   */
  constructor(
    folders: FolderOpener,
    serverName: string,
    mayPack: boolean,
    composer: Composer,
    shared: SharedByListers,
  ) {
    this.#folders = folders
    this.#serverName = serverName
    this.#mayPack = mayPack
    this.#composer = composer
    this.#listings = shared.listings
    this.#number = ++shared.listers
  }

  /**
   * @param mayList Which entries may be had by whoever asks; without it everybody may have all of them, so that a listing is
   *   shared.
   */
  *list(
    request: Request,
    because: Reason,
    now: number,
    mayList?: (entry: FolderEntry) => boolean,
  ): Preparation {
    const { head, target } = request
    const reply = (answer: Answer, why: Reason): Reply => ({
      response: this.#composer.answer(answer, head.line.method, now),
      because: why,
    })
    if (target.kind !== 'resource') throw new Error(`A ${target.kind} is no folder`)
    const unmet = answerPreconditions(request, now)
    if (unmet !== undefined) return reply(unmet, { kind: 'condition' })
    const folder = this.#folders.openFolder(target.path)
    if ('kind' in folder)
      return folder.kind === 'absent' ? reply(page(404), { kind: 'missing' }) : reply(page(403), folder)

    const view = readListingView(target.query)
    const isPacked = this.#mayPack && wantsGzip(head.fields)
    const subject = { path: target.path, serverName: this.#serverName, view, isPacked }
    using held = new DisposableStack()
    const listing = held.use(
      this.#listings.join(
        JSON.stringify([this.#number, mayList === undefined ? 'for all' : ++this.#ownListings, subject]),
        folder,
        () => makeListing(folder, subject, undefined, mayList),
        now,
      ),
    )
    const parts = yield* listing.make()
    if (typeof parts === 'string') return reply(FAULTS[parts], { kind: 'listing', fault: parts })
    const format = LISTING_FORMATS[view.format]
    const encoding = [...(isPacked ? [CONTENT_ENCODING] : []), ...(this.#mayPack ? [VARY] : [])]
    const fields = describe([...format.fields, ...FIELDS, ...encoding], format.mediaType, parts)
    const response = this.#composer.complete({ status: 200, fields, parts }, head.line.method, now)
    return { response: { ...response, filename: folder.path, holds: held.move() }, because }
  }
}

function wantsGzip(fields: Fields): boolean {
  const accept = fields.get('accept-encoding')
  return accept !== undefined && chooseVariant(parseAcceptEncoding(accept), [PACKED]) !== undefined
}
