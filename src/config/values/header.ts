import type { FieldRule } from '../../http/response/field-rules.ts'
import type { Arguments } from '../arguments.ts'
import { fieldName, oneOf } from './values.ts'

const FRAMING = 'it tells where the response ends, which the server alone knows'
const CONNECTION = 'it concerns the connection, which the server alone manages'

/** Fields that no rule may touch, in lower case, and why. */
export const RESERVED_FIELDS: ReadonlyMap<string, string> = new Map([
  ['content-length', FRAMING],
  ['transfer-encoding', FRAMING],
  ['trailer', FRAMING],
  ['connection', CONNECTION],
  ['keep-alive', CONNECTION],
  ['proxy-connection', CONNECTION],
  ['upgrade', CONNECTION],
  ['content-range', 'it tells which part of a file is sent, which the server alone knows'],
  ['content-encoding', 'it tells how a file is compressed, which the server alone knows'],
  ['content-type', 'AddType, AddCharset and AddDefaultCharset decide it'],
  ['date', 'it is the time of the response, which caches rely on'],
])

const action = oneOf(['set', 'append', 'add', 'unset'])

/** Takes `[always] set|append|add name value` or `[always] unset name`. */
export function takeFieldRule(args: Arguments): FieldRule {
  const always = args.takeIf(/^always$/i)
  const what = args.take(action)
  const name = args.take(fieldName)
  const reason = RESERVED_FIELDS.get(name.toLowerCase())
  if (reason !== undefined) throw args.mistake(`Expected a field other than ${name}: ${reason}`)
  return what === 'unset'
    ? { action: what, always, name }
    : { action: what, always, name, value: takeValue(args) }
}

/** As in Apache a percent sign is doubled, since a single one would stand for something to be filled in. */
function takeValue(args: Arguments): string {
  const { text } = args.takeWord('a value')
  const control = text.search(/[\0-\x1f\x7f]/)
  if (control >= 0) throw args.mistake('Expected a value without control characters', control)
  if (/^expr=/i.test(text)) throw args.mistake('Expected the value itself, got an expression')
  const single = text.replaceAll('%%', '  ').indexOf('%')
  if (single >= 0) throw args.mistake('Expected %% for a percent sign, got %', single)
  return text.replaceAll('%%', '%')
}
