import { isUtf8 } from 'node:buffer'
import type { FolderEntry } from '../files/open-folder.ts'
import { encodePath } from '../http/response/respond.ts'
import { isoTime } from '../text/quantities.ts'
import { decodeUtf8 } from '../text/readable-text.ts'
import type { ListingFormat } from './listing-format.ts'

/**
 * An array with an object for each entry: `name`, `type` (`file` or `directory`), `size` in bytes if it is a
 * file, and `modified` in ISO 8601, or null for a time beyond it. A name that is not UTF-8 has U+FFFD in it, and
 * beside it as `nameBytes` what it is, percent-encoded.
 */
export const JSON_LISTING: ListingFormat = {
  mediaType: 'application/json',
  fields: [],
  opening: () => '[',
  entry: (entry, index) => `${index === 0 ? '\n' : ',\n'}${JSON.stringify(jsonEntry(entry))}`,
  closing: () => '\n]\n',
}

function jsonEntry({ name, type, size, modified }: FolderEntry) {
  return {
    name: decodeUtf8(name),
    ...(isUtf8(Buffer.from(name, 'latin1')) ? {} : { nameBytes: encodePath(name) }),
    type: type === 'folder' ? 'directory' : type,
    ...(type === 'file' ? { size } : {}),
    modified: isoTime(modified) ?? null,
  }
}
