import { byteString } from '../byte-string.ts'
import type { Field } from '../field.ts'

/** One change to the fields of responses: of successful ones, or with `always` of errors and redirects too. */
export type FieldRule =
  | {
      readonly action: 'set' | 'append' | 'add'
      readonly always: boolean
      readonly name: string
      readonly value: string
    }
  | { readonly action: 'unset'; readonly always: boolean; readonly name: string }

/**
 * Changes the fields of responses by rules, one after another. `set` replaces every line of that name, `append`
 * lengthens the first as a list, `add` gives a line more, `unset` takes all of them away.
 *
 * @see https://httpd.apache.org/docs/2.4/mod/mod_headers.html#header
 */
export class FieldRules {
  readonly #all: readonly FieldRule[]
  readonly #always: readonly FieldRule[]

  constructor(rules: readonly FieldRule[]) {
    this.#all = rules.map(rule => ('value' in rule ? { ...rule, value: byteString(rule.value) } : rule))
    this.#always = this.#all.filter(rule => rule.always)
  }

  /** The fields of a response with this status as the rules will have them. */
  apply(status: number, fields: readonly Field[]): readonly Field[] {
    const rules = isSuccess(status) ? this.#all : this.#always
    return rules.reduce(change, fields)
  }
}

/** A 304 brings what a 200 would up to date (RFC 9111 §3.2), so it is no lesser one. */
function isSuccess(status: number): boolean {
  return status < 300 || status === 304
}

function change(fields: readonly Field[], rule: FieldRule): readonly Field[] {
  switch (rule.action) {
    case 'set':
      return [...without(fields, rule.name), [rule.name, rule.value]]
    case 'append': {
      const index = fields.findIndex(field => isNamed(field, rule.name))
      const known = fields[index]
      if (known === undefined) return [...fields, [rule.name, rule.value]]
      return fields.with(index, [known[0], `${known[1]}, ${rule.value}`])
    }
    case 'add':
      return [...fields, [rule.name, rule.value]]
    case 'unset':
      return without(fields, rule.name)
    default:
      return rule satisfies never
  }
}

function without(fields: readonly Field[], name: string): readonly Field[] {
  return fields.filter(field => !isNamed(field, name))
}

function isNamed([known]: Field, name: string): boolean {
  return known.length === name.length && known.toLowerCase() === name.toLowerCase()
}
