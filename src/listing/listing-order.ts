import type { FolderEntry } from '../files/open-folder.ts'
import type { ListingView, SortKey } from './listing-view.ts'

/** An entry with the key by which its name is sorted: its {@link sortKeyOf}, read as UTF-8. */
export interface SortableEntry extends FolderEntry {
  readonly sortKey: string
}

/** The order is the same wherever the server runs. It takes long to make, and many servers list no folder. */
let collator: Intl.Collator | undefined

/**
 * The key of a name in which numbers count as numbers: digits come behind their count, so `file9` is before
 * `file10`.
 */
export function sortKeyOf(name: string): string {
  return name.replace(/\d+/g, digits => {
    const significant = digits.replace(/^0+/, '') || '0'
    return String(significant.length).padStart(3, '0') + significant
  })
}

/** Compares entries: folders come first, and equal ones are in the order of their names. */
export function compareEntries(
  view: Pick<ListingView, 'sort' | 'order'>,
): (one: SortableEntry, other: SortableEntry) => number {
  const compareKey = COMPARISONS[view.sort]
  const direction = view.order === 'ascending' ? 1 : -1
  return (one, other) => {
    if (one.type !== other.type) return one.type === 'folder' ? -1 : 1
    return direction * compareKey(one, other) || compareNames(one, other)
  }
}

const COMPARISONS: Readonly<Record<SortKey, (one: SortableEntry, other: SortableEntry) => number>> = {
  name: compareNames,
  size: (one, other) => (one.type === 'folder' ? 0 : one.size - other.size),
  modified: (one, other) => one.modified - other.modified,
}

/** Names that are equal to the collator are in the order of their bytes. */
function compareNames(one: SortableEntry, other: SortableEntry): number {
  collator ??= new Intl.Collator('en')
  return collator.compare(one.sortKey, other.sortKey) || (one.name < other.name ? -1 : 1)
}
