import { isDeepStrictEqual } from 'node:util'
import type { Config } from './config.ts'
import { DIRECTIVES } from './directives.ts'
import { SECTIONS } from './sections.ts'

/** The names of the directives that have other values in one configuration than in another, and of sections that differ. */
export function changedDirectives(one: Config, other: Config): string[] {
  const directives = DIRECTIVES.filter(({ fields }) => !haveSame(one, other, fields))
  const sections = SECTIONS.filter(({ name }) => !isDeepStrictEqual(saying(name, one), saying(name, other)))
  return [...directives, ...sections].map(({ name }) => name)
}

/** What the outermost sections of a name say. */
function saying(name: string, { says, hosts }: Config): readonly string[] {
  const isNamed = (words: string) => words.split('\n', 1)[0]?.toLowerCase() === name.toLowerCase()
  return [says, ...hosts.map(host => host.says)].flat().filter(isNamed)
}

/** Whether two configurations agree in all of these fields. */
export function haveSame(one: Config, other: Config, fields: readonly (keyof Config)[]): boolean {
  return fields.every(field => isDeepStrictEqual(one[field], other[field]))
}
