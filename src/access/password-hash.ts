/** The ways in which htpasswd and mkpasswd keep a password, each with a pattern of a whole entry. */
const KINDS = [
  ['bcrypt', /^\$2[aby]\$\d\d\$[./\dA-Za-z]{53}$/],
  ['apr1', /^\$apr1\$[^$]{0,8}\$[./\dA-Za-z]{22}$/],
  ['md5', /^\$1\$[^$]{0,8}\$[./\dA-Za-z]{22}$/],
  ['sha1', /^\{SHA\}[+/\dA-Za-z]{27}=$/],
  ['sha256', /^\$5\$(?:rounds=\d{1,9}\$)?[^$]{0,16}\$[./\dA-Za-z]{43}$/],
  ['sha512', /^\$6\$(?:rounds=\d{1,9}\$)?[^$]{0,16}\$[./\dA-Za-z]{86}$/],
  ['yescrypt', /^\$y\$[./\dA-Za-z]{1,32}\$[./\dA-Za-z]{0,86}\$[./\dA-Za-z]{43}$/],
] as const

export type HashKind = (typeof KINDS)[number][0]

/**
 * How the hash of a password was made; undefined for what is none of {@link KINDS}, such as a password that stands there as
 * it is, or one by DES, of which only eight characters count.
 */
export function hashKind(hash: string): HashKind | undefined {
  return KINDS.find(([, pattern]) => pattern.test(hash))?.[0]
}
