import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'

/** The most that is read of a file. */
const LARGEST = 4 * 1024 * 1024

/** The whole of a file as a byte string; throws an Error for what is no file, and for one of more than 4 MiB. */
export function readBounded(path: string): { readonly text: string; readonly stats: Stats } {
  // It may be a pipe, which would wait for somebody to write.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) throw new Error('it is no file')
    if (stats.size > LARGEST) throw new Error('it has more than 4 MiB')
    const bytes = Buffer.alloc(stats.size)
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(descriptor, bytes, length, bytes.length - length, null)
    return { text: bytes.toString('latin1', 0, length), stats }
  } finally {
    closeSync(descriptor)
  }
}
