/** Up to 76 characters that end with a word, or a longer word. */
const LINE = /\S(?:.{0,75}|\S*)(?=\s|$)/g

/** What the changelog of a Debian package needs beside what has changed. */
export interface Release {
  readonly version: string
  /** `Name <address>`. */
  readonly maintainer: string
  readonly date: Date
}

/**
 * The section of a version in CHANGELOG.md, as deb-changelog(5) has it.
 *
 * Throws an Error when there is no such section, or nothing in it.
 */
export function debianChangelog(markdown: string, { version, maintainer, date }: Release): string {
  const section = markdown.split(/^## /m).find(text => text.split(/\s/, 1)[0] === version)
  const changes = section
    ?.split(/^- /m)
    .slice(1)
    .map(change => change.replace(/\n\n[\s\S]*/, '').trim())
  if (changes === undefined || changes.length === 0)
    throw new Error(`Expected changes of ${version} in CHANGELOG.md, found none`)

  const items = changes.map(change => `  * ${wrap(change).join('\n    ')}\n`)
  // As in `Sun, 22 Nov 2026 20:54:18 +0000`.
  const day = date.toUTCString().replace('GMT', '+0000')
  return `webserver (${version}) unstable; urgency=medium\n\n${items.join('')}\n -- ${maintainer}  ${day}\n`
}

function wrap(text: string): string[] {
  return text.replace(/\s+/g, ' ').match(LINE) ?? []
}
