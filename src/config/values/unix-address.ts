import type { Arguments } from '../arguments.ts'
import type { UnixAddress } from '../config.ts'
import { takeSocketPath } from './socket-path.ts'

const PREFIX = 'unix:'
/** For its owner, who answers on it, and for its group. */
const USUAL_MODE = 0o660
const OPTION = 'mode=0660, group=name or nothing'

/** Whether an address that stands next is that of a Unix socket. */
export function nextIsUnixAddress(args: Arguments): boolean {
  return args.nextIsLike(/^unix:/)
}

/** As in `unix:run/web.sock mode=0660 group=www-data`. */
export function takeUnixAddress(args: Arguments): UnixAddress {
  const path = takeSocketPath(args, PREFIX)
  const options = new Map<string, string>()
  while (!args.done) {
    const { name, value } = takeOption(args)
    if (options.has(name)) throw args.mistake(`Expected ${name}= once, got it again`)
    options.set(name, value)
  }
  const mode = options.get('mode')
  const group = options.get('group')
  return {
    path,
    mode: mode === undefined ? USUAL_MODE : Number.parseInt(mode, 8),
    ...(group === undefined ? {} : { group }),
  }
}

function takeOption(args: Arguments): { readonly name: string; readonly value: string } {
  const { text } = args.takeWord(OPTION)
  if (text.toLowerCase() === 'https')
    throw args.mistake(
      'HTTPS is not spoken on a Unix socket: leave "https" out, and have the server in front speak it with clients',
    )
  const [, name, value] = /^(mode|group)=(.+)$/.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw args.mistake(`Expected ${OPTION}, got ${JSON.stringify(text)}`)
  if (name === 'mode' && !/^0?[67][0-7]{2}$/.test(value))
    throw args.mistake(
      `Expected a mode in octal that lets the server itself read and write, such as 0600, 0660 or 0666, got ${JSON.stringify(value)}`,
    )
  return { name, value }
}
