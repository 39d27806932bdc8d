import { PROTOCOLS, type Protocol } from '../../tls/secure-contexts.ts'
import type { Arguments } from '../arguments.ts'
import { oneOf } from './values.ts'

/** What nobody should speak any more (RFC 8996), and a configuration may switch off. */
const OLD = ['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1']
const WORDS = ['all', ...PROTOCOLS, ...OLD]
const word = oneOf(WORDS.flatMap(name => [name, `+${name}`, `-${name}`]))

/** Takes versions of TLS: those without a sign alone, and those with one added or left out, as in Apache. */
export function takeSslProtocol(args: Arguments): readonly Protocol[] {
  const spoken = new Set<string>()
  do {
    const [, sign, name = ''] = /^([+-]?)(.*)$/.exec(args.take(word)) ?? []
    if (OLD.includes(name) && sign !== '-')
      throw args.mistake(`${name} is spoken no more (RFC 8996): leave it out`)
    for (const each of name === 'all' ? PROTOCOLS : [name]) {
      if (sign === '-') spoken.delete(each)
      else spoken.add(each)
    }
  } while (!args.done)
  const protocols = PROTOCOLS.filter(each => spoken.has(each))
  if (protocols.length === 0) throw args.mistake('Expected at least one of TLSv1.2 and TLSv1.3, got none')
  return protocols
}
