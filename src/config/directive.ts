import type { Arguments, PathUse } from './arguments.ts'
import type { Config } from './config.ts'
import type { Draft } from './draft.ts'
import { fileExtension, type ValueType } from './values/values.ts'

/** One row of the table: everything about a directive, for the parser and for the manual. */
export interface Directive {
  readonly name: string
  /** The innermost place where it may stand: outside of all sections, in a host, or in a section for folders or paths. */
  readonly level: 'server' | 'host' | 'folder'
  /** Its arguments, as a manual writes them. */
  readonly usage: string
  /** The arguments that hold when it is not given, as they would stand in the file. */
  readonly default: string | undefined
  readonly help: string
  readonly repeat: Repeat
  /** The fields that it decides; each field is decided by one directive. */
  readonly fields: readonly (keyof Config)[]
  /**
   * Applies the arguments of one statement to the draft, or throws a Mistake. It returns what it has decided:
   * two statements that stand together and decide the same thing contradict each other.
   */
  readonly apply: Apply
  /** The row with which it is applied, statements of both in the order of the file. */
  readonly along?: string
  /** Whether what is given in a section takes the place of all that is given around it. */
  readonly renews?: true
  /** What is said of a statement that a later one contradicts, where that is more than that it `is given already`. */
  readonly clash?: string
}

export type Repeat =
  | 'once'
  | 'once, beside the default'
  | 'often, instead of the default'
  | 'often, beside the default'
export type Apply = (args: Arguments, draft: Draft) => string | readonly string[]
export type Behaviour = Pick<Directive, 'repeat' | 'fields' | 'apply'>

/** For a directive that decides one field by one argument. */
export function setTo<Field extends keyof Config>(field: Field, type: ValueType<Config[Field]>): Behaviour {
  return set(field, args => args.take(type))
}

/** For a directive that decides one field. */
export function set<Field extends keyof Config>(
  field: Field,
  take: (args: Arguments, draft: Draft) => Config[Field],
): Behaviour {
  return {
    repeat: 'once',
    fields: [field],
    apply(args, draft) {
      draft[field] = take(args, draft)
      return ''
    },
  }
}

/** For a directive that names one path more each time. */
export function addPath(
  field: 'followSymLinksTo' | 'sslCertificateFile' | 'sslCertificateKeyFile',
  use: PathUse,
): Behaviour {
  return {
    repeat: 'often, instead of the default',
    fields: [field],
    apply(args, draft) {
      const path = args.takePath(use)
      draft[field] = [...draft[field], path]
      return path
    },
  }
}

/** For a directive that decides something for each extension it lists. */
export function setByExtension(field: 'addType' | 'addCharset', type: ValueType<string>): Behaviour {
  return {
    repeat: 'often, instead of the default',
    fields: [field],
    apply(args, draft) {
      const value = args.take(type)
      const extensions = args.takeAll(fileExtension)
      draft[field] = new Map([...draft[field], ...extensions.map(extension => [extension, value] as const)])
      return extensions.map(extension => `.${extension}`)
    },
  }
}
