import type { FolderSection } from '../config/config.ts'
import { inMergeOrder } from '../config/outline.ts'
import { byteString } from '../http/byte-string.ts'
import { Expression } from '../text/expression.ts'
import { Wildcard } from '../text/wildcard.ts'

/** A path as sections look at it; all are byte strings. */
interface Subject {
  /** Where it would lie on the disk; links are not followed. */
  readonly file: string
  /** What is asked for. */
  readonly path: string
  /** The last name in it; empty for a path that ends with a slash. */
  readonly name: string
}

interface Matcher {
  readonly section: FolderSection
  readonly matches: (subject: Subject) => boolean
  /** The section that it stands in, which has to match too. */
  readonly within: Matcher | undefined
}

/**
 * Finds the sections that hold for a path, in the order in which they are merged, which is Apache's: each `<Directory>`
 * from the top of the disk down, and `<DirectoryMatch>`; then `<Files>`, those that stand in one of these after the others; then `<Location>`.
 * Those of a kind, and folders as deep as one another, go by the order of the file, those of the main server first. What
 * is merged later has the last word.
 */
export class SectionMatcher {
  readonly #matchers: readonly Matcher[]

  constructor(sections: readonly FolderSection[]) {
    const within = new Map(sections.flatMap(outer => outer.files.map(inner => [inner, outer])))
    const matchers = new Map<FolderSection, Matcher>()
    this.#matchers = inMergeOrder(sections).map(section => {
      const outer = matchers.get(within.get(section) ?? section)
      const matcher = { section, matches: matchesOf(section), within: outer }
      matchers.set(section, matcher)
      return matcher
    })
  }

  /**
   * @param path What is asked for, decoded, as a byte string.
   * @param file Where that would lie on the disk.
   */
  match(path: string, file: string): readonly FolderSection[] {
    const subject: Subject = { path, file, name: path.slice(path.lastIndexOf('/') + 1) }
    return this.#matchers
      .filter(({ matches, within }) => matches(subject) && within?.matches(subject) !== false)
      .map(({ section }) => section)
  }
}

function matchesOf({ kind, pattern, matching }: FolderSection): Matcher['matches'] {
  const bytes = byteString(pattern)
  if (matching === 'expression') return matchesExpression(kind, Expression.of(bytes))
  const isPlain = matching === 'as it stands'
  switch (kind) {
    case 'Directory': {
      if (isPlain) return ({ file }) => isWithin(file, bytes)
      const names = namePatterns(bytes)
      // What matches a folder holds for all below it.
      return ({ file }) => matchesNames(file.split('/').slice(0, names.length), names)
    }
    case 'Files': {
      if (isPlain) return ({ name }) => name === bytes
      const wildcard = new Wildcard(bytes)
      return ({ name }) => name !== '' && wildcard.matches(name)
    }
    case 'Location': {
      if (isPlain) return ({ path }) => isWithin(path, bytes)
      const names = namePatterns(bytes)
      return ({ path }) => matchesNames(path.split('/'), names)
    }
    default:
      return kind satisfies never
  }
}

function matchesExpression(kind: FolderSection['kind'], expression: Expression): Matcher['matches'] {
  switch (kind) {
    case 'Directory':
      return ({ file }) => expression.matches(file)
    case 'Files':
      return ({ name }) => name !== '' && expression.matches(name)
    case 'Location':
      return ({ path }) => expression.matches(path)
    default:
      return kind satisfies never
  }
}

/** Whether a path is that of a folder, or leads to what is below it; with its final slash only what is below counts. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** No wildcard stands for a slash. */
function namePatterns(pattern: string): readonly Wildcard[] {
  return pattern.split('/').map(name => new Wildcard(name))
}

function matchesNames(names: readonly string[], patterns: readonly Wildcard[]): boolean {
  return (
    names.length === patterns.length &&
    patterns.every((pattern, index) => pattern.matches(names[index] ?? ''))
  )
}
