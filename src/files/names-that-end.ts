import { opendirSync } from 'node:fs'
import { codeOf } from '../errors.ts'
import { ABSENT_CODES, FORBIDDEN_CODES, systemPath } from './file-system.ts'

/** Reading a folder with more names than this takes longer than it saves. */
const MOST_NAMES = 512

/**
 * The names in a folder that have one of these endings, as byte strings; undefined when it may not be listed, or has
 * too many names.
 *
 * @param path Absolute, as a byte string.
 */
export function namesThatEnd(path: string, endings: readonly string[]): ReadonlySet<string> | undefined {
  const found = new Set<string>()
  try {
    using names = opendirSync(systemPath(`${path}/`), { encoding: 'latin1', bufferSize: MOST_NAMES })
    let count = 0
    for (let entry = names.readSync(); entry !== null; entry = names.readSync()) {
      const { name } = entry
      if (++count > MOST_NAMES) return undefined
      if (endings.some(ending => name.endsWith(ending))) found.add(name)
    }
    return found
  } catch (error) {
    if (ABSENT_CODES.has(codeOf(error)) || FORBIDDEN_CODES.has(codeOf(error))) return undefined
    throw error
  }
}
