import { ipAddress, isIpv4 } from '../../config/values/listen-address.ts'
import type { Endpoint } from '../transport.ts'
import { crc32c } from './crc32c.ts'

/**
 * What a proxy says before all else on a connection, as far as it has come. A header of `length` bytes names the client; with
 * undefined the connection is the proxy's own, or for a client that it tells nothing of.
 *
 * @see https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt
 */
export type ProxyHeader =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'header'; readonly length: number; readonly client: Endpoint | undefined }
  | { readonly kind: 'missing' }
  | { readonly kind: 'malformed'; readonly why: string }

const INCOMPLETE: ProxyHeader = { kind: 'incomplete' }
const MISSING: ProxyHeader = { kind: 'missing' }

const SIGNATURE_1 = 'PROXY '
const SIGNATURE_2 = '\r\n\r\n\0\r\nQUIT\n'
/** The most bytes of a header of version 1, its line end included. */
const LONGEST_1 = 107
/** Of version 2, in which a proxy may add what it likes, and nothing is looked at. */
const LONGEST_2 = 4096

/** Reads a header at the beginning of all that has come on a connection, a byte string. */
export function readProxyHeader(text: string): ProxyHeader {
  if (begins(text, SIGNATURE_1)) return readVersion1(text.slice(0, LONGEST_1))
  if (begins(text, SIGNATURE_2)) return readVersion2(text)
  return MISSING
}

/** Whether a text begins with a signature, or may do so once it is longer. */
function begins(text: string, signature: string): boolean {
  return text.startsWith(signature.slice(0, text.length))
}

const UNKNOWN = /^PROXY UNKNOWN(?: [ -~]*)?$/
const TCP = /^PROXY (TCP[46]) ([\da-f:.]+) ([\da-f:.]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})$/i

/** @param beginning As much as a header may have. */
function readVersion1(beginning: string): ProxyHeader {
  const end = beginning.indexOf('\r\n')
  if (end < 0)
    return beginning.length < LONGEST_1 ? INCOMPLETE : malformed(`no line end in ${LONGEST_1} bytes`)
  const line = beginning.slice(0, end)
  const length = end + 2
  if (UNKNOWN.test(line)) return { kind: 'header', length, client: undefined }
  const [, family, source = '', destination = '', ...ports] = TCP.exec(line) ?? []
  const [address, other] = [source, destination].map(each => addressOf(family, each))
  const [port = 0, otherPort = 0] = ports.map(Number)
  if (address === undefined || other === undefined || Math.max(port, otherPort) > 65_535)
    return malformed('a line that is none of version 1')
  return { kind: 'header', length, client: { address, port } }
}

/** The family is one of those in capitals, and the address is of it; undefined when not. */
function addressOf(family: string | undefined, text: string): string | undefined {
  const isOfFamily = family === 'TCP4' ? isIpv4(text) : family === 'TCP6' && text.includes(':')
  return isOfFamily ? ipAddress(text) : undefined
}

/** What comes before the addresses, in bytes. */
const FIXED = 16
const LOCAL = 0x20
const PROXY = 0x21

/** How many bytes the addresses take, and the client that they name, if it is one of IP. */
interface Family {
  readonly size: number
  readonly clientIn?: (addresses: Buffer) => Endpoint | undefined
}

const UNSPECIFIED: Family = { size: 0 }
const IPV4: Family = {
  size: 12,
  clientIn: addresses => ({
    address: addresses.subarray(0, 4).join('.'),
    port: addresses.readUInt16BE(8),
  }),
}
const IPV6: Family = { size: 36, clientIn: ipv6ClientIn }
const UNIX: Family = { size: 216 }

/** By the byte that tells them, of streams and datagrams; no other may be sent. */
const FAMILIES: ReadonlyMap<number | undefined, Family> = new Map([
  [0x00, UNSPECIFIED],
  [0x11, IPV4],
  [0x12, IPV4],
  [0x21, IPV6],
  [0x22, IPV6],
  [0x31, UNIX],
  [0x32, UNIX],
])

function readVersion2(text: string): ProxyHeader {
  if (text.length < FIXED) return INCOMPLETE
  const length = FIXED + 256 * text.charCodeAt(14) + text.charCodeAt(15)
  if (length > LONGEST_2) return malformed(`${length} bytes, of which ${LONGEST_2} are taken`)
  if (text.length < length) return INCOMPLETE
  return judgeVersion2(Buffer.from(text.slice(0, length), 'latin1'))
}

function judgeVersion2(header: Buffer): ProxyHeader {
  const { length } = header
  const command = header[12]
  // Whatever else it says is for nobody.
  if (command === LOCAL) return { kind: 'header', length, client: undefined }
  if (command !== PROXY) return malformed('a command that is none of version 2')
  const family = FAMILIES.get(header[13])
  if (family === undefined) return malformed('a family of addresses that there is not')
  const after = FIXED + family.size
  if (length < after) return malformed('addresses that are cut short')
  const why = objectionToExtras(header, after)
  if (why !== undefined) return malformed(why)
  return { kind: 'header', length, client: family.clientIn?.(header.subarray(FIXED, after)) }
}

function ipv6ClientIn(addresses: Buffer): Endpoint | undefined {
  const groups = Array.from({ length: 8 }, (_, index) => addresses.readUInt16BE(2 * index).toString(16))
  const address = ipAddress(groups.join(':'))
  return address === undefined ? undefined : { address, port: addresses.readUInt16BE(32) }
}

/** Of what a proxy has added, each with its type, its length in two bytes, and its value (TLV). */
const CHECKSUM = 0x03

/** What is wrong with that which stands behind the addresses; undefined when nothing is. */
function objectionToExtras(header: Buffer, from: number): string | undefined {
  for (let at = from; at < header.length; ) {
    const value = at + 3
    const next = value <= header.length ? value + header.readUInt16BE(at + 1) : Number.POSITIVE_INFINITY
    if (next > header.length) return 'additions that are cut short'
    if (header[at] === CHECKSUM && !isIntact(header, value, next)) return 'a checksum of other bytes'
    at = next
  }
  return undefined
}

/** Whether the checksum at this place is that of the header, in which it stands for zeros itself. */
function isIntact(header: Buffer, from: number, to: number): boolean {
  if (to - from !== 4) return false
  const sum = header.readUInt32BE(from)
  return crc32c(Buffer.from(header).fill(0, from, to)) === sum
}

function malformed(why: string): ProxyHeader {
  return { kind: 'malformed', why }
}
