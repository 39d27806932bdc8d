import { createHash } from 'node:crypto'

const ROUNDS = 1000
const DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** The bytes of the digest in the order in which they are written, three of them in four digits. */
const ORDER = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
] as const
const LAST = 11

/**
 * The hash of a password as crypt(3) makes it for `$1$`, and htpasswd for `$apr1$`: a thousand rounds of MD5.
 *
 * @param magic With its dollar signs.
 */
export function md5Crypt(password: Buffer, magic: '$1$' | '$apr1$', salt: string): string {
  const saltBytes = Buffer.from(salt, 'latin1')
  const inner = md5(password, saltBytes, password)
  const first = [password, Buffer.from(magic), saltBytes]
  for (let left = password.length; left > 0; left -= 16) first.push(inner.subarray(0, Math.min(16, left)))
  for (let bits = password.length; bits > 0; bits >>= 1)
    first.push(bits % 2 === 1 ? Buffer.of(0) : password.subarray(0, 1))

  let digest = md5(...first)
  for (let round = 0; round < ROUNDS; round++) {
    const isOdd = round % 2 === 1
    const parts = [isOdd ? password : digest]
    if (round % 3 !== 0) parts.push(saltBytes)
    if (round % 7 !== 0) parts.push(password)
    parts.push(isOdd ? digest : password)
    digest = md5(...parts)
  }
  const groups = ORDER.map(([high, middle, low]) =>
    inDigits((byteAt(digest, high) << 16) | (byteAt(digest, middle) << 8) | byteAt(digest, low), 4),
  )
  return `${magic}${salt}$${groups.join('')}${inDigits(byteAt(digest, LAST), 2)}`
}

function md5(...parts: readonly Buffer[]): Buffer {
  return createHash('md5').update(Buffer.concat(parts)).digest()
}

function byteAt(digest: Buffer, index: number): number {
  return digest.readUInt8(index)
}

/** The least significant first. */
function inDigits(value: number, count: number): string {
  return Array.from({ length: count }, (_, index) => DIGITS[(value >> (6 * index)) & 63]).join('')
}
