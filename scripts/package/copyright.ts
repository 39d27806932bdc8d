import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Something that a package contains, and on what terms. */
export interface Component {
  /** Where it came from, as a pattern of files. */
  readonly files: string
  readonly holders: readonly string[]
  /** As Debian's copyright format calls it. */
  readonly licence: string
  readonly text: string
}

/** Debian's names, where they differ from those of SPDX that npm has. */
const DEBIAN_NAMES: Readonly<Record<string, string>> = { MIT: 'Expat' }

/**
 * What the npm package in a folder says of its licence.
 *
 * Throws an Error when the package holds no licence, or names nobody who has the rights.
 */
export function npmComponent(root: string, folder: string): Component {
  const { license, author } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const file = readdirSync(join(root, folder)).find(name => /^licen[cs]e/i.test(name))
  if (file === undefined) throw new Error(`Expected a licence in ${folder}, found none`)

  const text = readFileSync(join(root, folder, file), 'utf8')
  const named = holdersIn(text)
  const holders = named.length > 0 ? named : [author?.name ?? author].filter(Boolean)
  if (holders.length === 0) throw new Error(`Expected who holds the copyright in ${folder}, found nobody`)
  return { files: `${folder}/*`, holders, licence: DEBIAN_NAMES[license] ?? license, text }
}

/** What stands behind `Copyright` at the beginning of lines. */
export function holdersIn(text: string): string[] {
  return [...text.matchAll(/^[^\w\n]*copyright[ \t]+(?:(?:\(c\)|©)[ \t]+)?(?<holder>\S.*)$/gim)].map(
    match => match.groups?.['holder']?.trim() ?? '',
  )
}

/** A copyright file in Debian's machine-readable format 1.0. */
export function copyrightFile(components: readonly Component[]): string {
  const header =
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: webserver\n'
  const stanzas = components.map(({ files, holders, licence, text }) =>
    [
      `Files: ${files}`,
      `Copyright: ${holders.join('\n ')}`,
      `License: ${licence}`,
      ...text.trim().split(/\r?\n/).map(indent),
      '',
    ].join('\n'),
  )
  return [header, ...stanzas].join('\n')
}

/** As a line of a field that goes on: an empty one needs a full stop. */
function indent(line: string): string {
  return line.trim() === '' ? ' .' : ` ${line.trimEnd()}`
}
