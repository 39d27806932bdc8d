/** Writes the tables of docs/http.md anew, from the differences that test/system/ checks. */
import { readFileSync, writeFileSync } from 'node:fs'
import { withTables } from '../test/system/differences.ts'

const page = new URL('../docs/http.md', import.meta.url)
writeFileSync(page, withTables(readFileSync(page, 'utf8')))
