import type { FolderEntry } from '../files/open-folder.ts'
import type { Field } from '../http/field.ts'
import type { ListingView } from './listing-view.ts'

/** Which folder is listed, and how. */
export interface ListingSubject {
  /** The decoded path of the folder, with its final slash, as a byte string. */
  readonly path: string
  readonly serverName: string
  readonly view: ListingView
  /** Whether it is packed with gzip. */
  readonly isPacked: boolean
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
