import { ffi } from '../libc.ts'

/** Makes the hash of a password by the settings of another hash; undefined where it has no such way. */
export type Crypt = (password: Buffer, setting: string) => string | undefined

/** Of Debian and its like, and of Fedora and its like. */
const NAMES = ['libcrypt.so.1', 'libcrypt.so.2']

/** crypt(3); undefined where there is no libcrypt, or no `node:ffi` to call it through. */
export function openCryptLibrary(): Crypt | undefined {
  for (const name of NAMES) {
    const crypt = openLibrary(name)
    if (crypt !== undefined) return crypt
  }
  return undefined
}

function openLibrary(name: string): Crypt | undefined {
  if (ffi === undefined) return undefined
  const readText = ffi.toString
  try {
    const library = ffi.dlopen(name, { crypt: { return: 'pointer', arguments: ['buffer', 'buffer'] } })
    const { crypt } = library.functions
    return (password, setting) => {
      const made = crypt(Buffer.concat([password, Buffer.of(0)]), Buffer.from(`${setting}\0`, 'latin1'))
      const hash = made === 0n ? null : readText(made)
      // What begins with an asterisk tells of a failure, and can be no hash.
      return hash === null || hash.startsWith('*') ? undefined : hash
    }
  } catch {
    // What dlopen(3) says has no code, and whatever it is, the library cannot be used.
    return undefined
  }
}
