import { escapeArgument } from './roff.ts'

/** The words of a usage that stand for a value; all others are typed as they are. */
const VALUES = new Set([
  'address',
  'bytes',
  'charset',
  'duration',
  'expression',
  'extension',
  'file',
  'file-name',
  'file-or-pattern',
  'folder',
  'format',
  'format-name',
  'host-name',
  'media-type',
  'name',
  'network',
  'number',
  'octal',
  'path',
  'port',
  'size',
  'status',
  'target',
  'text',
  'value',
])

/** In `size bytes` the first word is a keyword. */
const PART = /size(?= bytes)|[A-Za-z][A-Za-z-]*|\.\.\.|[^A-Za-z\s]/g

interface Part {
  readonly text: string
  readonly kind: 'value' | 'keyword' | 'punctuation'
}

/** The parts of a usage such as `[address:]port`, in groups that blanks separate. */
function partsOf(usage: string): Part[][] {
  const keywords = new Set([...usage.matchAll(/size(?= bytes)/g)].map(match => match.index))
  const groups: Part[][] = []
  let end = -1
  for (const match of usage.matchAll(PART)) {
    const [text] = match
    const isWord = /^[A-Za-z]/.test(text)
    const isValue = VALUES.has(text) && !keywords.has(match.index)
    const part: Part = { text, kind: isValue ? 'value' : isWord ? 'keyword' : 'punctuation' }
    if (match.index === end) groups.at(-1)?.push(part)
    else groups.push([part])
    end = match.index + text.length
  }
  return groups
}

/** The words of a usage that are typed as they are. */
export function keywordsOf(usage: string): string[] {
  return partsOf(usage)
    .flat()
    .filter(({ kind }) => kind === 'keyword')
    .map(({ text }) => text)
}

const MACROS: Readonly<Record<Part['kind'], string>> = { value: 'Ar', keyword: 'Cm', punctuation: 'No' }

/** A usage as arguments of an mdoc(7) macro: what stands for a value is set apart from what is typed as it is. */
export function renderUsage(usage: string): string {
  return partsOf(usage)
    .map(group => group.map(({ kind, text }) => `${MACROS[kind]} ${escapeArgument(text)}`).join(' Ns '))
    .join(' ')
}
