import { isDeepStrictEqual } from 'node:util'
import type { Config } from './config.ts'
import { DIRECTIVES } from './directives.ts'

/** The names of the directives that have other values in one configuration than in another, and of sections that differ. */
export function changedDirectives(one: Config, other: Config): string[] {
  const directives = DIRECTIVES.filter(({ fields }) => !haveSame(one, other, fields)).map(({ name }) => name)
  const says = ({ hosts }: Config) => hosts.map(host => host.says)
  return isDeepStrictEqual(says(one), says(other)) ? directives : [...directives, 'VirtualHost']
}

/** Whether two configurations agree in all of these fields. */
export function haveSame(one: Config, other: Config, fields: readonly (keyof Config)[]): boolean {
  return fields.every(field => isDeepStrictEqual(one[field], other[field]))
}
