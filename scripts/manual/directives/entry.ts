import type { DirectiveName } from '../../../src/config/directives.ts'

/** What webserver.conf(5) says of a directive besides its usage, its default and the values it takes. */
export interface Entry {
  /** Paragraphs in the markup of `markup.ts`. */
  readonly text: readonly string[]
  /** Lines of a configuration, which must be free of mistakes. */
  readonly examples?: readonly string[]
}

/** Directives that belong together, in the order in which they are read. */
export interface Group {
  readonly title: string
  readonly entries: Readonly<Partial<Record<DirectiveName, Entry>>>
}
