import { renderHead, renderProse } from './markup.ts'
import { escapeLiteral, textLine } from './roff.ts'

/** A part of a page, in the order it is read; a text is a paragraph in the markup of `markup.ts`. */
export type Block = string | Example | List | Subsection | Source

/** Lines as they are typed or printed. */
export interface Example {
  readonly kind: 'example'
  readonly lines: readonly string[]
}

export interface List {
  readonly kind: 'list'
  /** Without blank lines between the items. */
  readonly compact: boolean
  readonly items: readonly Item[]
}

export interface Item {
  /** In the markup of prose, or as arguments of mdoc's `It`. */
  readonly head: string | { readonly macros: string }
  readonly blocks: readonly Block[]
}

export interface Subsection {
  readonly kind: 'subsection'
  readonly title: string
  readonly blocks: readonly Block[]
}

/** Lines of mdoc(7). */
export interface Source {
  readonly kind: 'source'
  readonly lines: readonly string[]
}

export interface Section {
  readonly title: string
  readonly blocks: readonly Block[]
}

export interface Page {
  readonly name: string
  /** Of the manual. */
  readonly section: 1 | 5 | 8
  /** Completes the sentence that begins with the name, for whatis(1). */
  readonly description: string
  readonly sections: readonly Section[]
}

export function example(...lines: readonly string[]): Example {
  return { kind: 'example', lines }
}

/** Each item with a blank line before it. */
export function list(items: readonly Item[]): List {
  return { kind: 'list', compact: false, items }
}

/** Of a head and a text each. */
export function compactList(items: readonly (readonly [head: string, text: string])[]): List {
  return { kind: 'list', compact: true, items: items.map(([head, text]) => ({ head, blocks: [text] })) }
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)

/**
 * A manual page as mdoc(7) source.
 *
 * @param date For its foot, by the calendar of UTC.
 */
export function renderPage(page: Page, date: Date): string {
  const day = `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`
  const lines = [
    `.Dd ${day}`,
    `.Dt ${page.name.toUpperCase()} ${page.section}`,
    '.Os',
    '.Sh NAME',
    `.Nm ${page.name}`,
    `.Nd ${page.description}`,
    ...page.sections.flatMap(({ title, blocks }) => [`.Sh ${title}`, ...renderBlocks(blocks)]),
  ]
  return `${lines.join('\n')}\n`
}

function renderBlocks(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block, index) => [
    ...(index > 0 && needsSpaceBefore(block) ? ['.Pp'] : []),
    ...renderBlock(block),
  ])
}

/** Examples, and lists that are not compact, bring a blank line of their own. */
function needsSpaceBefore(block: Block): boolean {
  return typeof block === 'string' || (block.kind === 'list' && block.compact)
}

function renderBlock(block: Block): readonly string[] {
  if (typeof block === 'string') return renderProse(block)
  switch (block.kind) {
    case 'example':
      return ['.Bd -literal -offset indent', ...block.lines.map(line => textLine(escapeLiteral(line))), '.Ed']
    case 'list':
      return [
        `.Bl -tag -width Ds${block.compact ? ' -compact' : ''}`,
        ...block.items.flatMap(renderItem),
        '.El',
      ]
    case 'subsection':
      return [`.Ss ${block.title}`, ...renderBlocks(block.blocks)]
    case 'source':
      return block.lines
    default:
      return block satisfies never
  }
}

function renderItem({ head, blocks }: Item): string[] {
  return [`.It ${typeof head === 'string' ? renderHead(head) : head.macros}`, ...renderBlocks(blocks)]
}
