/** A byte string that a file of passwords holds in its place; `before` tells whether there was an entry of the user. */
export interface Edited {
  readonly text: string
  readonly before: 'absent' | 'present'
}

/**
 * The text of a password file with this entry for a user, where the first one stood or at the end, and without others of the same
 * user; with undefined without any. All other lines stay as they are, byte for byte.
 *
 * @param text A byte string, as is `user`.
 */
export function withEntry(text: string, user: string, hash: string | undefined): Edited {
  const lines = text.split('\n')
  // Behind the last line's end there is nothing.
  if (lines.at(-1) === '') lines.pop()
  const first = lines.findIndex(line => isOf(line, user))
  const others = lines.filter((line, index) => index <= first || !isOf(line, user))
  const entry = hash === undefined ? [] : [`${user}:${hash}`]
  others.splice(first < 0 ? others.length : first, 1, ...entry)
  return { text: others.map(line => `${line}\n`).join(''), before: first < 0 ? 'absent' : 'present' }
}

function isOf(line: string, user: string): boolean {
  return line
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .startsWith(`${user}:`)
}

/** Why nobody can be called so in a password file; undefined when somebody can. */
export function objectionToUser(user: string): string | undefined {
  if (user === '') return 'Expected a name, got nothing'
  if (/[:\0-\x1f\x7f]/.test(user)) return 'Expected a name without colons and control characters'
  if (user.startsWith('#'))
    return 'Expected a name that does not begin with #, which makes a comment of a line'
  if (user.trim() !== user) return 'Expected a name without spaces around it'
  return Buffer.byteLength(user) > 255 ? 'Expected a name of at most 255 bytes' : undefined
}

/** Why a password cannot be kept; undefined when it can. */
export function objectionToPassword(password: string): string | undefined {
  if (password === '') return 'Expected a password, got nothing'
  if (/[\0-\x1f\x7f]/.test(password))
    return 'Expected a password without control characters: browsers cannot send them'
  const size = Buffer.byteLength(password)
  return size > 72
    ? `Expected a password of at most 72 bytes, got ${size}: bcrypt looks at no more`
    : undefined
}
