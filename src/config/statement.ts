import type { Place, Problem } from './problem.ts'

/** One directive or section as it stands in a file: a name and the words behind it, nothing understood yet. */
export interface Statement {
  readonly file: string
  readonly name: Word
  readonly args: readonly Word[]
  /** What stands between the tags of a section; a directive has none. */
  readonly block?: Block
}

/** What a section holds. */
export interface Block {
  readonly statements: readonly Statement[]
  /** Where its closing tag stands. */
  readonly end: Place
}

/** A word without its quotes and escapes. */
export interface Word {
  readonly text: string
  readonly quoted: boolean
  /** Where the word begins, its quote included. */
  readonly place: Place
  /** Where each character of `text` stands, and after the last one where the word ends. */
  readonly places: readonly Place[]
}

export interface Syntax {
  readonly statements: readonly Statement[]
  readonly problems: readonly Problem[]
}
