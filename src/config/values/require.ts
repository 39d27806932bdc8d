import { objectionTo, type Requirement } from '../../access/requirement.ts'
import { byteString } from '../../http/byte-string.ts'
import { type Arguments, Mistake } from '../arguments.ts'
import type { Statement, Word } from '../statement.ts'
import { network } from './network.ts'
import { oneOf, text } from './values.ts'

/** The sections that join requirements, by their names in lower case. */
const JOINS: Readonly<Record<string, 'any' | 'every' | 'none'>> = {
  requireany: 'any',
  requireall: 'every',
  requirenone: 'none',
}

/** Words that no file can hold, since each begins with the end of a line. */
const BEGIN = '\nbegin '
const END_OF_LINE = '\nline'
const END = '\nend'
const STRANGER = '\nstranger '

/** Whether a section joins requirements. */
export function joinsRequirements({ name, block }: Statement): boolean {
  return block !== undefined && Object.hasOwn(JOINS, name.text.toLowerCase())
}

/** A section that joins requirements as one `Require` of several lines. */
export function asRequire(section: Statement): Statement {
  return { file: section.file, name: inPlaceOf(section.name, 'Require'), args: wordsOf(section) }
}

/** Another word at the place of one: a place is found when it is asked for, so that a copy has none. */
function inPlaceOf({ quoted, place }: Word, text: string): Word {
  return { text, quoted, place, places: [] }
}

function wordsOf({ name, args, block }: Statement): readonly Word[] {
  const mark = (text: string) => inPlaceOf(name, text)
  const kind = JOINS[name.text.toLowerCase()]
  if (block === undefined) {
    if (name.text.toLowerCase() === 'require') return [...args, mark(END_OF_LINE)]
    return [mark(STRANGER + name.text)]
  }
  if (kind === undefined) return [mark(`${STRANGER}<${name.text}>`)]
  return [mark(BEGIN + kind), ...args, ...block.statements.flatMap(wordsOf), mark(END)]
}

/** What Apache asks for besides, and what to write instead. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  local: 'write "ip 127.0.0.0/8 ::1"',
  host: 'names of clients are not looked up: write "ip" and their addresses',
  'forward-dns': 'names of clients are not looked up: write "ip" and their addresses',
  env: 'there are no variables of requests: write the requirement itself',
  expr: 'expressions are not known: write the requirement itself',
  method: 'GET, HEAD and OPTIONS are all the methods there are: leave it out',
}

const KINDS = ['all', 'ip', 'valid-user', 'user', 'group', 'not'] as const
const kindOfRequirement = oneOf(KINDS)
const verdict = oneOf(['granted', 'denied'])
const name = text('a name')

/** One requirement, or a section of them; a Mistake also where nothing could ever be granted, or nobody kept out who should be. */
export function takeRequirement(args: Arguments): Requirement {
  const requirement = takeOne(args)
  const objection = objectionTo({ kind: 'any', requirements: [requirement] })
  if (objection !== undefined) throw args.mistake(objection)
  return requirement
}

function takeOne(args: Arguments): Requirement {
  return args.nextIsLike(/^\nbegin /) ? takeJoin(args) : takeLine(args)
}

function takeJoin(args: Arguments): Requirement {
  const begin = args.takeWord('a section')
  const kind = begin.text.slice(BEGIN.length) as 'any' | 'every' | 'none'
  const requirements: Requirement[] = []
  while (!args.takeIf(/^\nend$/)) {
    const [, stranger] = args.nextMatch(/^\nstranger (.*)$/) ?? []
    if (stranger !== undefined) {
      const { place } = args.takeWord('')
      throw new Mistake(
        place,
        `Expected Require in a section of requirements, got ${JSON.stringify(stranger)}`,
      )
    }
    requirements.push(takeOne(args))
    args.takeIf(/^\nline$/)
  }
  if (requirements.length === 0) throw new Mistake(begin.place, 'Expected a Require in the section, got none')
  const requirement: Requirement = { kind, requirements }
  const objection = objectionTo(requirement)
  if (objection !== undefined) throw new Mistake(begin.place, objection)
  return requirement
}

function takeLine(args: Arguments): Requirement {
  const [foreign = ''] = args.nextMatch(/^[a-z-]+$/i) ?? []
  const replacement = REPLACEMENTS[foreign.toLowerCase()]
  if (replacement !== undefined) {
    args.takeWord('')
    throw args.mistake(`Cannot ask for ${JSON.stringify(foreign)}: ${replacement}`)
  }
  const kind = args.take(kindOfRequirement)
  switch (kind) {
    case 'all':
      return { kind, isGranted: args.take(verdict) === 'granted' }
    case 'ip':
      return { kind, networks: takeRest(args, network) }
    case 'valid-user':
      return { kind }
    case 'user':
    case 'group':
      return { kind, names: takeRest(args, name).map(byteString) }
    case 'not': {
      const requirement = takeLine(args)
      if (requirement.kind === 'not')
        throw args.mistake('Expected a requirement behind "not", got another "not"')
      return { kind, requirement }
    }
    default:
      return kind satisfies never
  }
}

/** One or more, up to the end of the line. */
function takeRest<Value>(args: Arguments, type: Parameters<typeof args.take<Value>>[0]): Value[] {
  const values = [args.take(type)]
  while (!args.done && !args.nextIsLike(/^\n/)) values.push(args.take(type))
  return values
}
