import { createHash, timingSafeEqual } from 'node:crypto'
import { compareSync } from 'bcryptjs'
import { type Crypt, openCryptLibrary } from './crypt-library.ts'
import { md5Crypt } from './md5-crypt.ts'
import { type HashKind, hashKind } from './password-hash.ts'

/** Whether a password is the one of a hash; `unsupported` where this machine cannot tell. */
export type Finding = 'right' | 'wrong' | 'unsupported'

/** That of the machine; undefined before it was looked for. */
let library: Crypt | 'none' | undefined

/**
 * Compares a password with its hash, which may take seconds: what serves requests must not call it.
 *
 * By crypt(3) where there is one; without it by what JavaScript has, which knows no `$5$`, `$6$` and `$y$`.
 */
export function verifyPassword(
  password: Buffer,
  hash: string,
  crypt: Crypt | 'none' = cryptOfMachine(),
): Finding {
  const kind = hashKind(hash)
  return kind === undefined ? 'unsupported' : VERIFIERS[kind](password, hash, crypt)
}

/** Whether a password can be compared with a hash of a kind that is known: some take crypt(3). */
export function canVerify(hash: string, crypt: Crypt | 'none' = cryptOfMachine()): boolean {
  const kind = hashKind(hash)
  return kind !== undefined && (crypt !== 'none' || !BY_CRYPT_ALONE.has(kind))
}

function cryptOfMachine(): Crypt | 'none' {
  library ??= openCryptLibrary() ?? 'none'
  return library
}

/** Those that JavaScript has no way for. */
const BY_CRYPT_ALONE: ReadonlySet<HashKind> = new Set(['sha256', 'sha512', 'yescrypt'])

type Verifier = (password: Buffer, hash: string, crypt: Crypt | 'none') => Finding

const VERIFIERS: Readonly<Record<HashKind, Verifier>> = {
  sha1: (password, hash) => compare(hash, `{SHA}${createHash('sha1').update(password).digest('base64')}`),
  apr1: (password, hash) => compare(hash, md5Crypt(password, '$apr1$', hash.split('$')[2] ?? '')),
  md5: (password, hash) => compare(hash, md5Crypt(password, '$1$', hash.split('$')[2] ?? '')),
  bcrypt: (password, hash, crypt) =>
    verifyByLibrary(password, hash, crypt) ?? (compareSync(password.toString(), hash) ? 'right' : 'wrong'),
  sha256: (...args) => verifyByLibrary(...args) ?? 'unsupported',
  sha512: (...args) => verifyByLibrary(...args) ?? 'unsupported',
  yescrypt: (...args) => verifyByLibrary(...args) ?? 'unsupported',
}

function verifyByLibrary(password: Buffer, hash: string, crypt: Crypt | 'none'): Finding | undefined {
  const made = crypt === 'none' ? undefined : crypt(password, hash)
  return made === undefined ? undefined : compare(hash, made)
}

function compare(hash: string, made: string): Finding {
  const [one, other] = [Buffer.from(hash, 'latin1'), Buffer.from(made, 'latin1')]
  return one.length === other.length && timingSafeEqual(one, other) ? 'right' : 'wrong'
}
