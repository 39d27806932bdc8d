import { DIRECTIVES } from '../../src/config/directives.ts'
import { escapeArgument, escapeProse, textLine } from './roff.ts'

/*
 * The prose of the manual. A word in `backticks` is what somebody types or reads on a screen, and one between
 * *asterisks* stands for what they put in its place. How either is set follows from what it is.
 */

/** A stretch of prose: plain words, or one that is marked up, with the punctuation that touches it. */
type Token =
  | { readonly kind: 'plain'; readonly word: string }
  | {
      readonly kind: 'marked'
      readonly macro: readonly string[]
      readonly before: readonly string[]
      readonly behind: readonly string[]
    }

const TOKEN = /([^ `*]*)(?:`([^`]+)`|\*([^*]+)\*)([^ `*]*)|([^ `*]+)/g
const QUANTITY = /(\d) (%|µs|ms|s|min|B|KiB|MiB|seconds)(?=[ ,.;:)]|$)/g
/** mdoc sets these without a blank around an argument, if they are arguments of their own. */
const OPENING = /^[([]*$/
const CLOSING = /^[.,:;)\]?!]*$/

/** The most characters of a line of source, as mandoc's lint wants it. */
const LINE_LENGTH = 78

/** Where the words stand: in the text, or in the head of a list's item, where literals need no quotes. */
type Position = 'text' | 'head'

/** Lines of mdoc(7) for a paragraph, each sentence beginning a new one. */
export function renderProse(text: string): string[] {
  const lines: string[] = []
  let words: string[] = []
  const flush = () => {
    lines.push(...wrap(words).map(textLine))
    words = []
  }
  for (const token of tokensOf(text, 'text')) {
    if (token.kind === 'marked') {
      flush()
      lines.push(`.${callOf(token)}`)
      continue
    }
    words.push(escapeProse(token.word))
    if (/[.!?]\)?$/.test(token.word)) flush()
  }
  flush()
  return lines
}

/** The same as arguments of one macro. */
export function renderHead(text: string): string {
  return tokensOf(text, 'head')
    .map(token => (token.kind === 'marked' ? callOf(token) : `No ${escapeArgument(token.word)}`))
    .join(' ')
}

function tokensOf(text: string, position: Position): Token[] {
  // What belongs together stays on one line.
  const joined = text.replaceAll(QUANTITY, '$1\u{a0}$2')
  return [...joined.matchAll(TOKEN)].map(([whole, before = '', literal, argument, behind = '', word]) => {
    if (word !== undefined) return { kind: 'plain', word }
    if (!OPENING.test(before) || !CLOSING.test(behind)) {
      throw new Error(`Expected blanks or punctuation around markup, got ${whole} in: ${text}`)
    }
    const macro = literal === undefined ? ['Ar', ...wordsOf(argument ?? '')] : macroOf(literal, position)
    return { kind: 'marked', macro, before: [...before], behind: [...behind] }
  })
}

function callOf({ macro: [name = '', ...args], before, behind }: Token & { kind: 'marked' }): string {
  return [name, ...before, ...args, ...behind].join(' ')
}

const DIRECTIVE_NAMES: ReadonlySet<string> = new Set(DIRECTIVES.map(({ name }) => name))
const PAGE = /^([\w.-]+)\((\d)\)$/
const OPTION = /^-(-?[a-zA-Z][a-z-]*)$/
const FILE = /^\/(?:dev|etc|proc|run|srv|usr|var)(?:\/\S*)?$/
const CONSTANT = /^(?:SIG[A-Z]+\d?|CAP_[A-Z_]+)$/
const SECTION_TITLE = /^[A-Z]{3,}(?: [A-Z]+)+$/
const VARIABLE = /^(?:[A-Z]+_[A-Z_]+|TZ)$/

/** The macro for what stands in backticks, and its arguments. */
function macroOf(text: string, position: Position): string[] {
  if (DIRECTIVE_NAMES.has(text)) return ['Ic', escapeArgument(text)]
  const [, page, section] = PAGE.exec(text) ?? []
  if (page !== undefined && section !== undefined) return ['Xr', page, section]
  const option = OPTION.exec(text)?.[1]
  if (option !== undefined) return ['Fl', escapeArgument(option)]
  if (FILE.test(text)) return ['Pa', escapeArgument(text)]
  if (CONSTANT.test(text)) return ['Dv', escapeArgument(text)]
  if (SECTION_TITLE.test(text)) return ['Sx', ...wordsOf(text)]
  if (VARIABLE.test(text)) return ['Ev', escapeArgument(text)]
  return [position === 'head' ? 'Cm' : 'Ql', ...wordsOf(text)]
}

function wordsOf(text: string): string[] {
  return text.split(' ').map(escapeArgument)
}

function wrap(words: readonly string[]): string[] {
  const lines: string[] = []
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`
    if (lines.length > 0 && longer.length <= LINE_LENGTH) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
