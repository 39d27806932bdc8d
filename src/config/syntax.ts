import type { Place, Problem } from './problem.ts'
import type { Syntax, Word } from './statement.ts'
import { type Tag, Tree } from './tree.ts'

/**
 * Reads the text of a configuration file into statements, in Apache's grammar: one directive a line, `#` for a
 * line of comment, `\` at the end to go on in the next line, and words in single or double quotes, in which a
 * backslash takes the meaning from a quote or a backslash. `<Name words>` begins a section, `</Name>` ends it.
 *
 * It is stricter than Apache where Apache guesses: a quote that is not closed, a word that touches a closing
 * quote and a comment behind a directive are problems. A line with a problem gives no statement.
 *
 * @see https://httpd.apache.org/docs/2.4/configuring.html#syntax
 */
export function parseSyntax(text: string, file: string): Syntax {
  const tree = new Tree(file)
  for (const line of joinedLines(text)) {
    const start = skipBlanks(line, 0)
    if (line.text[start] === '<') readTag(line, start, tree)
    else readDirective(line, tree)
  }
  return tree.end()
}

/** A line with those that continue it. Thousands of lines are read, of few of which a place is asked for. */
interface Line {
  readonly text: string
  /** The lines of the file that it is put together of, in their order. */
  readonly pieces: readonly Piece[]
}

interface Piece {
  /** Where it begins in the text of the line. */
  readonly offset: number
  readonly line: number
  readonly source: string
}

type SyntaxProblem = Pick<Problem, 'message'> & { readonly place: Place }

function* joinedLines(text: string): Generator<Line> {
  let joined = ''
  let pieces: Piece[] = []
  const sources = text.split('\n')
  for (let index = 0; index < sources.length; index++) {
    const ended = sources[index] ?? ''
    const source = ended.endsWith('\r') ? ended.slice(0, -1) : ended
    const isLast = index === sources.length - 1
    const goesOn = source.endsWith('\\')
    pieces.push({ offset: joined.length, line: index + 1, source })
    joined += goesOn ? source.slice(0, -1) : source
    if (goesOn && !isLast) continue

    yield { text: joined, pieces }
    joined = ''
    pieces = []
  }
}

function readDirective(line: Line, tree: Tree): void {
  const words = readWords(line)
  if (!Array.isArray(words)) return tree.refuse(words)
  const [name, ...args] = words
  if (name !== undefined) tree.add(name, args)
}

/** The name of a section, behind its bracket. */
const TAG_NAME = /^<\/?\s*([A-Za-z]*)/

/** A tag that cannot be read opens its section all the same, so that what it holds and closes is told of by itself. */
function readTag(line: Line, start: number, tree: Tree): void {
  const [beginning = '<', name = ''] = TAG_NAME.exec(line.text.slice(start)) ?? []
  const tag: Tag = { name, place: placeAt(line, start) }
  const problem = (message: string) => tree.refuse({ place: tag.place, message })
  const end = line.text.trimEnd().length - 1
  const isWhole = line.text[end] === '>' && name !== ''
  if (!isWhole) problem(`${expectation(line, name, end)}, got ${shown(line)}`)
  if (beginning.startsWith('</')) {
    const isBare = line.text.slice(start + beginning.length, end).trim() === ''
    if (isWhole && !isBare) problem(`Expected </${name}>, got ${shown(line)}`)
    return tree.close(tag)
  }
  if (!isWhole) return tree.open(tag, undefined)
  const words = readWords({ ...line, text: line.text.slice(0, end) }, start + 1)
  const isRead = Array.isArray(words)
  if (!isRead) tree.refuse(words)
  const strangers = isRead ? words.filter(({ text, quoted }) => !quoted && IN_BRACKETS.test(text)) : []
  if (strangers.length > 0) problem(`${ONE_TAG}, got ${shown(line)}`)
  tree.open(tag, isRead && strangers.length === 0 ? words : undefined)
  if (strangers.some(({ text }) => text.startsWith('</'))) tree.close(tag)
}

const ONE_TAG = 'Expected one tag, and nothing else, in its line'
/** Ends a tag, or closes a section. */
const IN_BRACKETS = /^<\/|>$/

/** What a line that begins with a bracket should be. */
function expectation({ text }: Line, name: string, end: number): string {
  if (name === '') return 'Expected a tag such as <VirtualHost *> or </VirtualHost>'
  return text.slice(0, end).includes('>') ? ONE_TAG : 'Expected a > at the end of the tag'
}

function shown(line: Line): string {
  return JSON.stringify(line.text.trim())
}

/** None for an empty line or a comment. A comment goes on in the next line like any other, as Apache's does. */
function readWords(line: Line, start = 0): Word[] | SyntaxProblem {
  const words: Word[] = []
  for (let index = skipBlanks(line, start); index < line.text.length; index = skipBlanks(line, index)) {
    const first = line.text[index]
    if (words.length === 0 && first === '#') return words
    if (first === '#') return { place: placeAt(line, index), message: COMMENT_BEHIND_DIRECTIVE }

    const read = readWord(line, index)
    if ('message' in read) return read
    words.push(read.word)
    index = read.end
  }
  return words
}

/** Apache would take such a comment for arguments. */
const COMMENT_BEHIND_DIRECTIVE =
  'Expected a comment on a line of its own, got one behind a directive: move it, or quote the word'

function readWord(line: Line, start: number): { word: Word; end: number } | SyntaxProblem {
  const first = line.text[start]
  const quote = first === '"' || first === "'" ? first : undefined
  let text = ''
  let index = quote === undefined ? start : start + 1
  const plain = PLAIN[quote ?? '']
  for (;;) {
    const end = endOfRun(plain, line.text, index)
    text += line.text.slice(index, end)
    index = end
    if (index >= line.text.length || isEnd(line.text[index], quote)) break
    if (isEscape(line, index, quote)) index++
    const character = line.text[index] ?? ''
    const unreadable = UNREADABLE[character]
    if (unreadable !== undefined) return { place: placeAt(line, index), message: unreadable }
    text += character
    index++
  }
  const word = new WordOfLine(text, quote, line, start)
  if (quote === undefined) return { word, end: index }

  const { place } = word
  if (index === line.text.length) {
    return { place, message: `Expected a closing ${quote}, got the end of the line` }
  }
  const end = index + 1
  if (end < line.text.length && !isBlank(line.text[end])) {
    const message = `Expected a blank behind the closing ${quote}, got ${JSON.stringify(line.text[end])}`
    return { place: placeAt(line, end), message }
  }
  return { word, end }
}

/** Whether a backslash takes the meaning from what follows it. */
function isEscape({ text }: Line, index: number, quote: string | undefined): boolean {
  const next = text[index + 1]
  return text[index] === '\\' && (next === '\\' || (quote !== undefined && next === quote))
}

/** Finds its places when they are asked for, which is when something is wrong with it. */
class WordOfLine implements Word {
  readonly text: string
  readonly quoted: boolean
  readonly #quote: string | undefined
  readonly #line: Line
  readonly #start: number

  constructor(text: string, quote: string | undefined, line: Line, start: number) {
    this.text = text
    this.quoted = quote !== undefined
    this.#quote = quote
    this.#line = line
    this.#start = start
  }

  get place(): Place {
    return placeAt(this.#line, this.#start)
  }

  get places(): readonly Place[] {
    const places: Place[] = []
    let index = this.quoted ? this.#start + 1 : this.#start
    while (places.length < this.text.length) {
      if (isEscape(this.#line, index, this.#quote)) index++
      places.push(placeAt(this.#line, index++))
    }
    return [...places, placeAt(this.#line, index)]
  }
}

/** U+FFFD is what decoding leaves of bytes that are not UTF-8. */
const UNREADABLE: Readonly<Record<string, string>> = {
  '\0': 'Expected text, got a NUL byte: save the file as UTF-8 text',
  '\u{fffd}': 'Expected UTF-8 text, got another encoding: save the file as UTF-8 text',
}

function isEnd(character: string | undefined, quote: string | undefined): boolean {
  return quote === undefined ? isBlank(character) : character === quote
}

/** Characters of a word that mean themselves, by the quote it stands in. */
const PLAIN = {
  '': /[^\s\\\0\u{fffd}]*/uy,
  '"': /[^"\\\0\u{fffd}]*/uy,
  "'": /[^'\\\0\u{fffd}]*/uy,
}

/** Any white space, so that a byte order mark or a no-break space pasted from a page does no harm. */
const BLANKS = /\s*/y

function isBlank(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character)
}

function skipBlanks(line: Line, index: number): number {
  return endOfRun(BLANKS, line.text, index)
}

/** Where the characters end that a sticky pattern matches from here on, which may be none: asked for each word. */
function endOfRun(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start
  pattern.test(text)
  return pattern.lastIndex
}

function placeAt({ text, pieces }: Line, index: number): Place {
  const piece = pieces.findLast(({ offset }) => offset <= index)
  if (piece === undefined) throw new RangeError(`No character ${index} in a line of ${text.length}`)
  const { line, offset, source } = piece
  return { line, column: 1 + index - offset, source }
}
