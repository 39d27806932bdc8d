import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { putIntoPage } from '../measure/markdown.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Where the result of a full run goes, and the page that shows it; other runs are not for others to see. */
export const DOCS = join(ROOT, 'docs')
export const DRAFTS = join(ROOT, 'dist/bench')
const PAGE = 'performance.md'

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

/** Writes data, figures and tables into a folder: of docs/ into its page, elsewhere into a file of their own. */
export function publish({ command, name, data, description, figures }: Publication, folder: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(data)}\n`)
  for (const [file, figure] of Object.entries(figures)) writeFileSync(join(folder, file), figure)
  if (folder === DOCS) putIntoPage(join(folder, PAGE), command, description)
  else writeFileSync(join(folder, `${name}.md`), `${description}\n`)
}
