import { gzip } from '../encoding/gzip.ts'
import type { FolderEntry, OpenFolder } from '../files/open-folder.ts'
import { EntryTable, ROW_SIZE, type TableEntry } from './entry-table.ts'
import { sortGradually } from './gradual-sort.ts'
import type { ListingFormat, ListingSubject, ListingSummary } from './listing-format.ts'
import { JSON_LISTING } from './listing-json.ts'
import { compareEntries } from './listing-order.ts'
import { HTML_LISTING } from './listing-page.ts'
import type { ListingView } from './listing-view.ts'
import { PageBlocks, release } from './page-blocks.ts'

/**
 * Limits of one listing: more entries would be of no use to a person and take more memory than one answer
 * should. With the most entries each has 80 bytes for its name and its sort key.
 */
const MOST = { entries: 200_000, bytes: 200_000 * (ROW_SIZE + 80) }
/** Entries that are written between two pauses. */
const WRITTEN_AT_ONCE = 32

/** `too long` is what programs are told, which would take a part of the folder for the whole. */
export type ListingOutcome = readonly Buffer[] | 'too long'

/** Yields how many bytes of memory were taken since the last pause. */
type Gradual<Result> = Generator<number | undefined, Result>

export const LISTING_FORMATS: Readonly<Record<ListingView['format'], ListingFormat>> = {
  html: HTML_LISTING,
  json: JSON_LISTING,
}

/**
 * Lists a folder, pausing after each small bit of work.
 *
 * @param most So many are listed, and a page says so when there are more.
 * @param mayList Which entries whoever asks may have.
 */
export function* makeListing(
  folder: OpenFolder,
  subject: ListingSubject,
  most = MOST,
  mayList: (entry: FolderEntry) => boolean = () => true,
): Gradual<ListingOutcome> {
  using table = new EntryTable()
  const contents = yield* readEntries(folder, table, most, mayList)
  if (!contents.isComplete && subject.view.format === 'json') return 'too long'
  const compare = compareEntries(subject.view)
  const order = yield* sortGradually<TableEntry>(table.count, place => table.at(place), compare)
  return yield* writeListing({ ...subject, ...contents }, table, order)
}

type Contents = Omit<ListingSummary, keyof ListingSubject>

function* readEntries(
  folder: OpenFolder,
  table: EntryTable,
  most: typeof MOST,
  mayList: (entry: FolderEntry) => boolean,
): Gradual<Contents> {
  const counts = { folders: 0, files: 0, bytes: 0 }
  let memory = 0
  for (const entry of folder.entries()) {
    if (entry === undefined || !mayList(entry)) {
      yield
      continue
    }
    if (table.count === most.entries || memory > most.bytes) return { ...counts, isComplete: false }
    const taken = table.add(entry)
    memory += taken
    if (entry.type === 'folder') {
      counts.folders++
    } else {
      counts.files++
      counts.bytes += entry.size
    }
    yield taken
  }
  return { ...counts, isComplete: true }
}

function* writeListing(
  summary: ListingSummary,
  table: EntryTable,
  order: Uint32Array,
): Gradual<readonly Buffer[]> {
  const format = LISTING_FORMATS[summary.view.format]
  const page = new PageBlocks()
  yield page.write(format.opening(summary))
  for (let start = 0; start < order.length; start += WRITTEN_AT_ONCE) {
    const group = Array.from(order.subarray(start, start + WRITTEN_AT_ONCE), (place, index) =>
      format.entry(table.at(place), start + index),
    )
    yield page.write(group.join(''))
  }
  yield page.write(format.closing(summary))
  return summary.isPacked ? yield* packListing(page.parts) : page.parts
}

function* packListing(parts: readonly Buffer[]): Gradual<readonly Buffer[]> {
  const packed = new PageBlocks()
  for (const piece of gzip(parts)) yield packed.append(piece)
  release(parts)
  return packed.parts
}
