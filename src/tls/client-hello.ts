/** The ContentType of a record of a handshake (RFC 8446 §5.1), with which a connection begins. */
export const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const HOST_NAME = 0
/** Of a record, and of a message of a handshake: in bytes. */
const RECORD_HEADER = 5
const MESSAGE_HEADER = 4
/** The legacy version and the random of a ClientHello. */
const FIXED = 34
/** The most of a ClientHello that is looked at, in bytes: with keys of all kinds it has 2 KiB. */
export const LONGEST_HELLO = 16 * 1024

/**
 * The name of the host that a client asks for at the beginning of its connection (RFC 6066 §3).
 *
 * @returns Undefined where it names none, and for what is no ClientHello; `incomplete` while more of it has to come.
 */
export function serverNameIn(bytes: Buffer): string | undefined | 'incomplete' {
  try {
    const message = messageIn(bytes)
    if (message === 'incomplete') return bytes.length < LONGEST_HELLO ? 'incomplete' : undefined
    return message[0] === CLIENT_HELLO ? nameIn(new Reader(message.subarray(MESSAGE_HEADER))) : undefined
  } catch (error) {
    // A vector is longer than what it stands in.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/**
 * The first message of a handshake, which may be in pieces, each in a record. It is looked for anew whenever more has come: with
 * a byte in each record and in each segment that is only bearable if a piece costs no more than its bytes.
 */
function messageIn(bytes: Buffer): Buffer | 'incomplete' {
  const message = Buffer.alloc(bytes.length)
  let length = 0
  for (let at = 0; at + RECORD_HEADER <= bytes.length; ) {
    const end = at + RECORD_HEADER + bytes.readUInt16BE(at + 3)
    if (bytes[at] !== HANDSHAKE || end === at + RECORD_HEADER) return Buffer.alloc(MESSAGE_HEADER)
    if (end > bytes.length) return 'incomplete'
    for (at += RECORD_HEADER; at < end; at++) message[length++] = bytes[at] ?? 0
    if (length < MESSAGE_HEADER) continue
    const whole = MESSAGE_HEADER + message.readUIntBE(1, 3)
    if (length >= whole) return message.subarray(0, whole)
  }
  return 'incomplete'
}

/** RFC 8446 §4.1.2 */
function nameIn(hello: Reader): string | undefined {
  hello.skip(FIXED)
  hello.vector(1)
  hello.vector(2)
  hello.vector(1)
  if (hello.isAtEnd) return undefined
  const extensions = hello.vector(2)
  while (!extensions.isAtEnd) {
    const type = extensions.number(2)
    const content = extensions.vector(2)
    if (type !== SERVER_NAME) continue
    const names = content.vector(2)
    while (!names.isAtEnd) {
      const kind = names.number(1)
      const name = names.vector(2)
      if (kind === HOST_NAME) return name.text
    }
  }
  return undefined
}

/** Reads numbers and vectors one after another (RFC 8446 §3); a RangeError where there are too few bytes. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  get text(): string {
    return this.#bytes.toString('latin1')
  }

  skip(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError('Too few bytes')
    const skipped = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return skipped
  }

  /** In so many bytes. */
  number(size: number): number {
    return this.skip(size).readUIntBE(0, size)
  }

  /** What stands behind a length of so many bytes. */
  vector(size: number): Reader {
    return new Reader(this.skip(this.number(size)))
  }
}
