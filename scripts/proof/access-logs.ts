import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'

/**
 * The files in a folder that hold lines of a log: current, rotated, moved away and compressed ones. Of one that was
 * being compressed the plain form counts.
 *
 * @param stem What all their names begin with.
 */
export function logFiles(folder: string, stem: string): string[] {
  return readdirSync(folder)
    .filter(name => name.startsWith(stem) && !name.endsWith('.tmp'))
    .map(name => join(folder, name))
    .filter(path => !path.endsWith('.gz') || !existsSync(path.slice(0, -'.gz'.length)))
}

/**
 * All lines of a log file, many at a time, each character a byte.
 *
 * @param end Whether the last line must be whole, and this throws when it is not, or may have been torn by a kill.
 */
export async function* linesOf(
  path: string,
  end: 'whole' | 'perhaps torn',
): AsyncGenerator<readonly string[]> {
  const file = createReadStream(path)
  let rest = ''
  for await (const bytes of path.endsWith('.gz') ? file.pipe(createGunzip()) : file) {
    const lines = (rest + bytes.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    yield lines
  }
  if (rest === '') return
  if (end === 'whole') throw new Error(`Expected whole lines in ${path}, the last is ${JSON.stringify(rest)}`)
  yield [rest]
}
