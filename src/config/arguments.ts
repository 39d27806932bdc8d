import { resolve } from 'node:path'
import { instancePath } from './instance.ts'
import type { Place, Problem } from './problem.ts'
import type { Statement, Word } from './statement.ts'
import { didYouMean, objectionToPath, path, type ValueType } from './values/values.ts'

/** A mistake in a directive: thrown to leave the directive, and caught where that was applied. */
export class Mistake extends Error {
  readonly place: Place

  constructor(place: Place, message: string) {
    super(message)
    this.name = 'Mistake'
    this.place = place
  }
}

/** What a path is used for, so that the disk can be checked for it. */
export type PathUse =
  | 'folder of the server'
  | 'folder to serve'
  | 'file to write'
  | 'socket to create'
  | 'page to send'
  | 'passwords to read'
  | 'groups to read'
  | 'certificate to read'
  | 'key to read'

/** What each instance has of its own. */
const OWN: readonly PathUse[] = ['file to write', 'socket to create']

export interface PathArgument {
  /** Absolute. */
  readonly path: string
  readonly use: PathUse
  readonly place: Place
}

/** Something that can be meant, but seldom is. */
export type Doubt = Pick<Problem, 'message'> & { readonly place: Place }

/** The arguments of one statement, taken one after another; each method throws a Mistake at what is not as expected. */
export class Arguments {
  readonly #statement: Statement
  readonly #serverRoot: string
  readonly #instance: string | undefined
  readonly #paths: PathArgument[] = []
  readonly #warnings: Doubt[] = []
  #taken = 0

  /** @param instance Has the paths of files and sockets that the server makes bear its name. */
  constructor(statement: Statement, serverRoot: string, instance?: string) {
    this.#statement = statement
    this.#serverRoot = serverRoot
    this.#instance = instance
  }

  /** The paths taken so far that the disk must agree with. */
  get paths(): readonly PathArgument[] {
    return this.#paths
  }

  /** The doubts noted so far. */
  get warnings(): readonly Doubt[] {
    return this.#warnings
  }

  get done(): boolean {
    return this.#taken >= this.#statement.args.length
  }

  take<Value>(type: ValueType<Value>): Value {
    const word = this.takeWord(type.expected)
    const value = type.read(word.text)
    if (value !== undefined) return value

    const hint = didYouMean(word.text, type.words ?? [])
    throw this.mistake(`Expected ${type.expected}, got ${JSON.stringify(word.text)}${hint}`)
  }

  /** One or more, up to the end of the statement. */
  takeAll<Value>(type: ValueType<Value>): Value[] {
    const values = [this.take(type)]
    while (!this.done) values.push(this.take(type))
    return values
  }

  /**
   * Absolute, resolved against ServerRoot.
   *
   * @param prefix What stands before it in its word, such as `unix:`.
   */
  takePath(use: PathUse, prefix = ''): string {
    const given = resolve(this.#serverRoot, this.takePathText(prefix))
    const absolute = OWN.includes(use) ? instancePath(given, this.#instance) : given
    this.noteFile(absolute, use)
    return absolute
  }

  /** Notes that the word taken last means this file or folder, whose path is absolute. */
  noteFile(absolute: string, use: PathUse): void {
    this.#paths.push({ path: absolute, use, place: this.#lastTaken.place })
  }

  /** Notes a doubt about the word taken last, which is accepted all the same. */
  warn(message: string): void {
    this.#warnings.push({ place: this.#lastTaken.place, message })
  }

  /** A path as it is given; a word that means no path in any other server is refused, with what to write instead. */
  takePathText(prefix = ''): string {
    const word = this.take(path).slice(prefix.length)
    if (word === '') throw this.mistake(`Expected a path behind ${prefix}, got nothing`, prefix.length)
    const objection = objectionToPath(word)
    if (objection === undefined) return word
    throw this.mistake(`Expected a path, got ${JSON.stringify(word)}: ${objection}`)
  }

  /** Takes the next word if it means something, and gives that. */
  takeMeaning<Meaning>(meaningOf: (word: string) => Meaning | undefined): Meaning | undefined {
    const meaning = meaningOf(this.#statement.args[this.#taken]?.text ?? '')
    if (meaning !== undefined) this.#taken++
    return meaning
  }

  /** Takes the next word if the pattern matches it, and tells whether it did. */
  takeIf(pattern: RegExp): boolean {
    const isLike = this.nextIsLike(pattern)
    if (isLike) this.#taken++
    return isLike
  }

  nextIsLike(pattern: RegExp): boolean {
    return this.nextMatch(pattern) !== null
  }

  nextMatch(pattern: RegExp): RegExpExecArray | null {
    return pattern.exec(this.#statement.args[this.#taken]?.text ?? '')
  }

  /** @param expected Completes the sentence that begins with "Expected". */
  takeWord(expected: string): Word {
    const word = this.#statement.args[this.#taken]
    if (word === undefined) {
      throw this.mistake(`Expected ${expected}, got nothing`, this.#lastTaken.text.length)
    }
    this.#taken++
    return word
  }

  /** Refuses what is left over. */
  end(): void {
    const surplus = this.#statement.args[this.#taken]
    if (surplus === undefined) return
    const last = JSON.stringify(this.#lastTaken.text)
    throw new Mistake(surplus.place, `Expected nothing behind ${last}, got ${JSON.stringify(surplus.text)}`)
  }

  /** A mistake in the word taken last, at its beginning or at one of its characters. */
  mistake(message: string, offset?: number): Mistake {
    const word = this.#lastTaken
    const place = offset === undefined ? word.place : word.places[offset]
    return new Mistake(place ?? word.place, message)
  }

  get #lastTaken(): Word {
    return this.#statement.args[this.#taken - 1] ?? this.#statement.name
  }
}
