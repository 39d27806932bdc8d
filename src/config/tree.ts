import { formatLocation, type Place, type Problem } from './problem.ts'
import type { Statement, Syntax, Word } from './statement.ts'

/** The opening or closing tag of a section. */
export interface Tag {
  readonly name: string
  readonly place: Place
}

interface OpenSection {
  readonly tag: Tag
  /** Those of its tag; undefined when it could not be read. */
  readonly words: readonly Word[] | undefined
  readonly statements: Statement[]
}

/** So many sections may stand within one another: more than anybody needs, and few enough to go through them one in the other. */
const MOST_NESTED = 32

/** Puts the lines of a file together to a tree of sections. */
export class Tree {
  readonly #file: string
  readonly #statements: Statement[] = []
  readonly #problems: Problem[] = []
  readonly #open: OpenSection[] = []
  /** Names of sections that another tag has closed already: their own is told of no more. */
  readonly #crossed: string[] = []

  constructor(file: string) {
    this.#file = file
  }

  refuse({ place, message }: Pick<Problem, 'place' | 'message'>): void {
    this.#problems.push({ file: this.#file, place, message })
  }

  add(name: Word, args: readonly Word[]): void {
    this.#innermost.push({ file: this.#file, name, args })
  }

  /** @param words Those of the tag, its name the first; undefined when they could not be read. */
  open(tag: Tag, words: readonly Word[] | undefined): void {
    const depth = this.#open.length
    if (depth === MOST_NESTED) {
      this.refuse({
        place: tag.place,
        message: `Expected at most ${MOST_NESTED} sections within one another, <${tag.name}> is one more`,
      })
    }
    this.#open.push({ tag, words: depth < MOST_NESTED ? words : undefined, statements: [] })
  }

  /** Closes the section that the tag names, or, if none is called so, the innermost: its name was mistyped then. */
  close(tag: Tag): void {
    const crossed = this.#crossed.findIndex(name => isSame(name, tag.name))
    if (crossed >= 0 && !this.#open.some(each => isSame(each.tag.name, tag.name))) {
      this.#crossed.splice(crossed, 1)
      return
    }
    const innermost = this.#open.at(-1)
    if (innermost === undefined) {
      return this.refuse({ place: tag.place, message: `</${tag.name}> closes nothing: no section is open` })
    }
    if (!isSame(innermost.tag.name, tag.name)) return this.#closeAnother(innermost, tag)
    this.#closeInnermost(tag.place)
  }

  /** What stands in a section that is not closed is read as if it stood around it. */
  end(): Syntax {
    for (const { tag, statements } of this.#open) {
      this.#statements.push(...statements)
      this.refuse({
        place: tag.place,
        message: `<${tag.name}> is not closed: expected </${tag.name}> before the end of the file`,
      })
    }
    return { statements: this.#statements, problems: this.#problems }
  }

  get #innermost(): Statement[] {
    return this.#open.at(-1)?.statements ?? this.#statements
  }

  #closeAnother(innermost: OpenSection, tag: Tag): void {
    const meant = this.#open.findLast(each => isSame(each.tag.name, tag.name))
    const expected = `Expected </${innermost.tag.name}> for ${this.#describe(innermost)}, got </${tag.name}>`
    if (meant === undefined) {
      this.refuse({ place: tag.place, message: expected })
      return this.#closeInnermost(tag.place)
    }
    this.refuse({
      place: tag.place,
      message: `${expected}, which closes ${this.#describe(meant)}: sections may not cross`,
    })
    while (this.#open.at(-1) !== meant) {
      this.#crossed.push(this.#open.at(-1)?.tag.name ?? '')
      this.#closeInnermost(tag.place)
    }
    this.#closeInnermost(tag.place)
  }

  #closeInnermost(end: Place): void {
    const closed = this.#open.pop()
    const [name, ...args] = closed?.words ?? []
    if (closed === undefined || name === undefined) return
    this.#innermost.push({ file: this.#file, name, args, block: { statements: closed.statements, end } })
  }

  #describe({ tag }: OpenSection): string {
    return `<${tag.name}> at ${formatLocation(this.#file, tag.place)}`
  }
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
