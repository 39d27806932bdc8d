import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { putIntoPage } from '../measure/markdown.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Where the result of a full run goes, and the page that shows it; other runs are not for others to see. */
const DOCS = join(ROOT, 'docs')
const PAGE = 'performance.md'
const DRAFTS = join(ROOT, 'dist/bench')

export interface Publication {
  /** How the page names what its tables come from. */
  readonly command: string
  /** Of the data, without its ending. */
  readonly name: string
  readonly data: unknown
  readonly description: string
  /** By file name. */
  readonly figures: Readonly<Record<string, string>>
}

/** Writes data, figures and tables into docs/, or into dist/bench/; gives the folder. */
export function publish(
  { command, name, data, description, figures }: Publication,
  isForDocs: boolean,
): string {
  const folder = isForDocs ? DOCS : DRAFTS
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(data)}\n`)
  for (const [file, figure] of Object.entries(figures)) writeFileSync(join(folder, file), figure)
  if (isForDocs) putIntoPage(join(folder, PAGE), command, description)
  else writeFileSync(join(folder, `${name}.md`), `${description}\n`)
  return folder
}
