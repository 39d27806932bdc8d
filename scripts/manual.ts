/**
 * Writes the manual pages into a folder as manual pages are installed: FOLDER/man8/webserver.8 and so on. They
 * bear the day of SOURCE_DATE_EPOCH, if that is set, or the present one.
 *
 * Usage: npm run manual, and then man -l dist/man/man8/webserver.8; or manual.ts FOLDER
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { renderPage } from './manual/page.ts'
import { PAGES } from './manual/pages.ts'

const [folder = join(import.meta.dirname, '../dist/man')] = process.argv.slice(2)
const epoch = process.env['SOURCE_DATE_EPOCH']
const date = epoch === undefined ? new Date() : new Date(Number(epoch) * 1000)

for (const page of PAGES) {
  const file = join(folder, `man${page.section}`, `${page.name}.${page.section}`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, renderPage(page, date))
  console.log(file)
}
