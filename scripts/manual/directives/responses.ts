import { RESERVED_FIELDS } from '../../../src/config/values/header.ts'
import type { Group } from './entry.ts'

/** As fields are usually written. */
const RESERVED = [...RESERVED_FIELDS.keys()]
  .map(name => name.replaceAll(/\b[a-z]/g, letter => letter.toUpperCase()))
  .sort()
  .join(', ')

export const RESPONSES = {
  title: 'Types, encodings and fields of responses',
  entries: {
    AddType: {
      text: [
        'The media type of files with such an extension, which outweighs the table built in. The last extension of a name counts, in upper or lower case.',
      ],
      examples: ['AddType application/x-example .example .xmpl'],
    },
    AddCharset: {
      text: [
        'The character set of files with such an extension. It may be any extension of a name, as in `page.latin1.html`; if several tell one, the last counts.',
      ],
      examples: ['AddCharset iso-8859-1 .latin1'],
    },
    AddDefaultCharset: {
      text: [
        'The character set of text whose name and type do not tell another. `On` stands for `utf-8`; with `Off` none is said, and browsers guess. `Auto` is utf-8 too, but for HTML in whose first 1024 bytes a browser finds another declared, and for text of unknown kind that cannot be UTF-8: of these nothing is said.',
      ],
    },
    DefaultType: {
      text: [
        'The media type of files whose name tells none, such as `README` or `page.hpp`. With `Auto` one is `text/plain` if its first 1024 bytes are text, and `application/octet-stream`, which browsers save, if they are not.',
      ],
      examples: ['DefaultType application/octet-stream'],
    },
    ForceType: {
      text: [
        'The media type of all files, whatever their names, for sections in which that is so. `AddCharset` and `AddDefaultCharset` count all the same. `None` takes back what was said outside.',
      ],
      examples: ['ForceType application/octet-stream'],
    },
    Precompressed: {
      text: [
        'Whether clients that can unpack it are sent `page.html.br`, `page.html.zst` or `page.html.gz` in place of `page.html`. Such a sidecar counts if it is smaller than its file but not empty, and not older; one that `webserverctl precompress` has made, only while its file has the size and the time that it had then, for a file may be put back to an older version. Of those that a client wants equally the smallest is sent. `webserverctl(1)` writes them with `webserverctl precompress`.',
      ],
    },
    Compress: {
      text: [
        'Whether files without sidecars are compressed in memory: text and the like from 256 bytes to 8 MiB, if a tenth at least is saved. For the first client that accepts gzip a file is packed at once, 64 KiB at a time, so that others are served in between; what clients want most, such as Brotli, is made with more effort while nobody is served, and sent from then on. A file that has changed within the last second is sent as it is. The results are kept within `FileCacheSize`, none of more than an eighth of it, and nothing is compressed if that is `off`. `webserverctl precompress` spares the server this work and packs closest, so it is the better choice for a large site that seldom changes. Listings are compressed with gzip while they are made.',
      ],
    },
    Header: {
      text: [
        'Changes a field of responses. `set` replaces every field of that *name*; `append` lengthens the first by a comma and the *value*; `add` gives one field more; `unset` removes all of them. A rule is for successful responses, 304 among them; with `always` it is for errors and redirects too. Rules are applied in the order of the file, those of sections after those outside, and after everything else.',
        `A value with blanks stands in quotes, and a percent sign is doubled. Fields that only the server can know, or that another directive decides, are refused: ${RESERVED}.`,
      ],
      examples: [
        'Header always set X-Content-Type-Options nosniff',
        'Header set Content-Security-Policy "default-src \'self\'"',
      ],
    },
    ExpiresByType: {
      text: [
        "How long clients may keep files of a media type, or of a group of types such as `image/*`, without asking again. It sets the fields Cache-Control, as `max-age`, and Expires. The type itself outweighs its group, and either outweighs `ExpiresDefault`. The *duration* is at most `3650d` and counts from the response; in Apache's words it is `access plus 1 month`, and `modification plus 1 week` counts from the last change of the file.",
      ],
      examples: ['ExpiresByType image/* 30d', 'ExpiresByType text/html "access plus 10 minutes"'],
    },
    ExpiresDefault: {
      text: ['The same for files of every other type. With `off` nothing is said of them.'],
    },
  },
} as const satisfies Group
