import type { Field } from '../http/field.ts'
import { sortGradually } from './gradual-sort.ts'
import { JSON_LISTING } from './listing-json.ts'
import { compareEntries, type SortableEntry, sortable } from './listing-order.ts'
import { HTML_LISTING } from './listing-page.ts'
import type { ListingView } from './listing-view.ts'
import type { FolderEntry, OpenFolder } from './open-folder.ts'

/** More would be of no use to a person, and take more memory than one answer should. */
const MOST_ENTRIES = 200_000
/** Bytes that an entry takes up until the listing is written, about, besides its name and what it is sorted by. */
const ENTRY_COST = 200
/** So many entries are written between two pauses. */
const WRITTEN_AT_ONCE = 32

/** Which folder is listed, and how. */
export interface ListingSubject {
  /** The decoded path of the folder, with its final slash, as a byte string. */
  readonly path: string
  readonly serverName: string
  readonly view: ListingView
}

/** What a listing says besides its entries. */
export interface ListingSummary extends ListingSubject {
  readonly folders: number
  readonly files: number
  /** Of all files together. */
  readonly bytes: number
  /** False when the folder holds more than are listed. */
  readonly isComplete: boolean
}

/** How a listing is written. */
export interface ListingFormat {
  readonly mediaType: string
  /** Besides the Content-Type. */
  readonly fields: readonly Field[]
  opening(summary: ListingSummary): string
  entry(entry: FolderEntry, index: number): string
  closing(summary: ListingSummary): string
}

/** `too long` is what programs are told, which would take a part of the folder for the whole. */
export type ListingOutcome = readonly Buffer[] | 'too long'

/** What a generator yields here is how many bytes of memory it has taken up since its last pause. */
type Gradual<Result> = Generator<number | undefined, Result>

export const LISTING_FORMATS: Readonly<Record<ListingView['format'], ListingFormat>> = {
  html: HTML_LISTING,
  json: JSON_LISTING,
}

/**
 * Lists a folder, pausing after each small bit of work.
 *
 * @param mostEntries So many are listed, and a page says so when there are more.
 */
export function* makeListing(
  folder: OpenFolder,
  subject: ListingSubject,
  mostEntries = MOST_ENTRIES,
): Gradual<ListingOutcome> {
  const { entries, ...counts } = yield* readEntries(folder, mostEntries)
  if (!counts.isComplete && subject.view.format === 'json') return 'too long'
  const sorted = yield* sortGradually(entries, compareEntries(subject.view))
  return yield* writeListing({ ...subject, ...counts }, sorted)
}

type Contents = Omit<ListingSummary, keyof ListingSubject> & { readonly entries: readonly SortableEntry[] }

function* readEntries(folder: OpenFolder, mostEntries: number): Gradual<Contents> {
  const entries: SortableEntry[] = []
  const counts = { folders: 0, files: 0, bytes: 0 }
  for (const found of folder.entries()) {
    if (found === undefined) {
      yield
      continue
    }
    if (entries.length === mostEntries) return { entries, ...counts, isComplete: false }
    const entry = sortable(found)
    entries.push(entry)
    if (entry.type === 'folder') {
      counts.folders++
    } else {
      counts.files++
      counts.bytes += entry.size
    }
    yield ENTRY_COST + entry.name.length + entry.sortKey.length
  }
  return { entries, ...counts, isComplete: true }
}

function* writeListing(summary: ListingSummary, entries: readonly FolderEntry[]): Gradual<readonly Buffer[]> {
  const format = LISTING_FORMATS[summary.view.format]
  const parts = [Buffer.from(format.opening(summary))]
  for (let start = 0; start < entries.length; start += WRITTEN_AT_ONCE) {
    const group = entries.slice(start, start + WRITTEN_AT_ONCE)
    const part = Buffer.from(group.map((entry, index) => format.entry(entry, start + index)).join(''))
    parts.push(part)
    yield part.length
  }
  parts.push(Buffer.from(format.closing(summary)))
  return parts
}
