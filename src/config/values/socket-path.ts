import { dirname } from 'node:path'
import type { Arguments } from '../arguments.ts'

/** Bytes of `sun_path` without its final NUL, see unix(7). */
const LONGEST_SOCKET_PATH = 107
/** Until it is ready the socket has a name as long as `/.01234567` in its folder. */
const LONGEST_SOCKET_FOLDER = LONGEST_SOCKET_PATH - 10

/** @param prefix What stands before it in its word. */
export function takeSocketPath(args: Arguments, prefix = ''): string {
  const path = args.takePath('socket to create', prefix)
  const tooLong = (what: string, most: number, text: string) =>
    args.mistake(
      `Expected a ${what} of at most ${most} bytes, as the kernel demands of sockets, got ${Buffer.byteLength(text)} in ${JSON.stringify(text)}`,
    )
  if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH) throw tooLong('path', LONGEST_SOCKET_PATH, path)
  const folder = dirname(path)
  if (Buffer.byteLength(folder) > LONGEST_SOCKET_FOLDER)
    throw tooLong('folder', LONGEST_SOCKET_FOLDER, folder)
  return path
}
