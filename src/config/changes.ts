import { isDeepStrictEqual } from 'node:util'
import type { Config } from './config.ts'
import { DIRECTIVES, type DirectiveName } from './directives.ts'

/** The names of the directives that have other values in one configuration than in another. */
export function changedDirectives(one: Config, other: Config): DirectiveName[] {
  return DIRECTIVES.filter(({ fields }) => !haveSame(one, other, fields)).map(({ name }) => name)
}

/** Whether two configurations agree in all of these fields. */
export function haveSame(one: Config, other: Config, fields: readonly (keyof Config)[]): boolean {
  return fields.every(field => isDeepStrictEqual(one[field], other[field]))
}
