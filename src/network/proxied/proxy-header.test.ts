import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { crc32c } from './crc32c.ts'
import { type ProxyHeader, readProxyHeader } from './proxy-header.ts'

const SIGNATURE = '0d0a0d0a000d0a515549540a'

/** A header of version 2, from its command on, the length being put in; all in hexadecimal. */
function version2(commandAndFamily: string, rest = ''): string {
  const length = (rest.length / 2).toString(16).padStart(4, '0')
  return bytes(SIGNATURE + commandAndFamily + length + rest)
}

function bytes(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1')
}

/** From 192.0.2.7, port 1025, to 198.51.100.1, port 443. */
const IPV4 = 'c0000207c6336401040101bb'
/** From 2001:db8::7, port 1025, to 2001:db8::1, port 443. */
const IPV6 = '20010db800000000000000000000000720010db8000000000000000000000001040101bb'
const UNIX = '2f612f62'.padEnd(216 * 2, '0')

/** The extra of a checksum that is right. */
function withChecksum(commandAndFamily: string, addresses: string): string {
  const header = Buffer.from(version2(commandAndFamily, `${addresses}03000400000000`), 'latin1')
  header.writeUInt32BE(crc32c(header), header.length - 4)
  return header.toString('latin1')
}

const NOBODY = undefined
const ONE = { address: '192.0.2.7', port: 1025 }
const SIX = { address: '2001:db8::7', port: 1025 }

const TAKEN: Readonly<Record<string, readonly [text: string, client: typeof ONE | undefined]>> = {
  'TCP4 of version 1': ['PROXY TCP4 192.0.2.7 198.51.100.1 1025 443\r\n', ONE],
  'the longest TCP4': [
    'PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n',
    { address: '255.255.255.255', port: 65_535 },
  ],
  'TCP6 of version 1': ['PROXY TCP6 2001:db8::7 2001:db8::1 1025 443\r\n', SIX],
  'the longest TCP6': [
    `PROXY TCP6 ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`,
    { address: `${'ffff:'.repeat(7)}ffff`, port: 65_535 },
  ],
  'TCP6 in capitals, at length': ['PROXY TCP6 2001:0DB8:0:0:0:0:0:7 ::1 1025 443\r\n', SIX],
  'IPv4 in TCP6': ['PROXY TCP6 ::ffff:192.0.2.7 ::1 1025 443\r\n', ONE],
  'port 0': ['PROXY TCP4 192.0.2.7 198.51.100.1 0 443\r\n', { ...ONE, port: 0 }],
  'the shortest header there is': ['PROXY UNKNOWN\r\n', NOBODY],
  'the longest header of version 1': [
    `PROXY UNKNOWN ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`,
    NOBODY,
  ],
  'a check of HAProxy': [version2('2000'), NOBODY],
  'LOCAL with anything behind it': [version2('20ff', '0102030405'), NOBODY],
  'TCP over IPv4': [version2('2111', IPV4), ONE],
  'UDP over IPv4': [version2('2112', IPV4), ONE],
  'TCP over IPv6': [version2('2121', IPV6), SIX],
  'IPv4 in IPv6': [version2('2121', `${'0'.repeat(20)}ffffc0000207${IPV6.slice(32)}`), ONE],
  'a stream of UNIX': [version2('2131', UNIX), NOBODY],
  'datagrams of UNIX': [version2('2132', UNIX), NOBODY],
  'an unspecified family': [version2('2100'), NOBODY],
  'additions, which are skipped': [
    version2('2111', `${IPV4}0100026832 040003000000 ea0000`.replaceAll(' ', '')),
    ONE,
  ],
  'a checksum': [withChecksum('2111', IPV4), ONE],
  'a checksum behind an addition': [withChecksum('2121', `${IPV6}0100026832`), SIX],
  'a checksum of an unspecified family': [withChecksum('2100', ''), NOBODY],
  'as much as is taken': [version2('2111', `${IPV4}e00fe1`.padEnd((4096 - 16) * 2, '0')), ONE],
}

describe('A PROXY header is taken', () => {
  for (const [title, [text, client]] of Object.entries(TAKEN)) {
    test(`with ${title}, cut anywhere, whatever follows`, () => {
      const whole: ProxyHeader = { kind: 'header', length: text.length, client }
      for (let length = 0; length < text.length; length++)
        assert.deepEqual(readProxyHeader(text.slice(0, length)), { kind: 'incomplete' }, `${length} bytes`)
      for (const rest of ['', '\r\n', 'GET / HTTP/1.1\r\n', text])
        assert.deepEqual(readProxyHeader(text + rest), whole)
    })
  }
})

const LINE = 'a line that is none of version 1'
const MALFORMED: Readonly<Record<string, readonly [text: string, why: string]>> = {
  'another family': ['PROXY TCP5 192.0.2.7 198.51.100.1 1025 443\r\n', LINE],
  'a family in small letters': ['PROXY tcp4 192.0.2.7 198.51.100.1 1025 443\r\n', LINE],
  'no addresses': ['PROXY TCP4\r\n', LINE],
  'too few ports': ['PROXY TCP4 192.0.2.7 198.51.100.1 1025\r\n', LINE],
  'more behind the ports': ['PROXY TCP4 192.0.2.7 198.51.100.1 1025 443 1\r\n', LINE],
  'two spaces': ['PROXY TCP4  192.0.2.7 198.51.100.1 1025 443\r\n', LINE],
  'a tab': ['PROXY TCP4\t192.0.2.7 198.51.100.1 1025 443\r\n', LINE],
  'a line end without CR': ['PROXY TCP4 192.0.2.7 198.51.100.1 1025 443\nGET / HTTP/1.1\r\n', LINE],
  'UNKNOWN that ends without CR': ['PROXY UNKNOWN\nGET / HTTP/1.1\r\n', LINE],
  'UNKNOWN with something that is no text': ['PROXY UNKNOWN \nGET / HTTP/1.1\r\n', LINE],
  'UNKNOWN with more in the word': ['PROXY UNKNOWNS\r\n', LINE],
  'an address of the other family': ['PROXY TCP4 2001:db8::7 198.51.100.1 1025 443\r\n', LINE],
  'a destination of the other family': ['PROXY TCP6 2001:db8::7 198.51.100.1 1025 443\r\n', LINE],
  'zeros before a number': ['PROXY TCP4 192.0.2.07 198.51.100.1 1025 443\r\n', LINE],
  'zeros before a port': ['PROXY TCP4 192.0.2.7 198.51.100.1 01025 443\r\n', LINE],
  'a port that there is not': ['PROXY TCP4 192.0.2.7 198.51.100.1 65536 443\r\n', LINE],
  'half an address': ['PROXY TCP4 192.0.2 198.51.100.1 1025 443\r\n', LINE],
  'a zone': ['PROXY TCP6 fe80::1%eth0 2001:db8::1 1025 443\r\n', LINE],
  'no line end in time': [`PROXY UNKNOWN ${'x'.repeat(93)}`, 'no line end in 107 bytes'],
  'a line end too late': [`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`, 'no line end in 107 bytes'],
  'another version': [version2('1111', IPV4), 'a command that is none of version 2'],
  'another command': [version2('2211', IPV4), 'a command that is none of version 2'],
  'another family of version 2': [version2('2141', IPV4), 'a family of addresses that there is not'],
  'a family without a protocol': [version2('2110', IPV4), 'a family of addresses that there is not'],
  'addresses of IPv4 cut short': [version2('2111', IPV4.slice(2)), 'addresses that are cut short'],
  'addresses of IPv6 cut short': [version2('2121', IPV4), 'addresses that are cut short'],
  'addresses of UNIX cut short': [version2('2131', IPV6), 'addresses that are cut short'],
  'no addresses at all': [version2('2111'), 'addresses that are cut short'],
  'additions cut short': [version2('2111', `${IPV4}010003ff`), 'additions that are cut short'],
  'half an addition': [version2('2111', `${IPV4}0100`), 'additions that are cut short'],
  'a wrong checksum': [version2('2111', `${IPV4}03000400000000`), 'a checksum of other bytes'],
  'a checksum of another length': [version2('2111', `${IPV4}030003000000`), 'a checksum of other bytes'],
  'too many bytes': [
    version2('2111', ''.padEnd((4097 - 16) * 2, '0')),
    '4097 bytes, of which 4096 are taken',
  ],
}

describe('A PROXY header is refused', () => {
  for (const [title, [text, why]] of Object.entries(MALFORMED)) {
    test(`with ${title}, and is not before it is read`, () => {
      assert.deepEqual(readProxyHeader(text), { kind: 'malformed', why })
      for (let length = 0; length < text.length; length++)
        assert.notEqual(readProxyHeader(text.slice(0, length)).kind, 'header', `${length} bytes`)
    })
  }
})

test('what is something else is known by its first wrong byte', () => {
  for (const text of [
    'GET / HTTP/1.1\r\n',
    'PO',
    'PROXY\t',
    'proxy ',
    '\r\n\r\nG',
    '\x16\x03\x01',
    '\0',
    '\n',
  ])
    assert.deepEqual(readProxyHeader(text), { kind: 'missing' }, JSON.stringify(text))
})

test('no bit of a header with a checksum can be turned round', () => {
  const text = withChecksum('2111', `${IPV4}0100026832`)
  for (let bit = 0; bit < text.length * 8; bit++) {
    const header = Buffer.from(text, 'latin1')
    header.writeUInt8(header.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    const read = readProxyHeader(header.toString('latin1'))
    // Another length ends it elsewhere; another command is for nobody; another kind of addition is no checksum.
    if (read.kind !== 'header') continue
    const at = bit >> 3
    assert.ok(read.client === undefined || at === header.length - 7, `bit ${bit}: ${JSON.stringify(read)}`)
  }
})

describe('Whatever bytes come', () => {
  const anything = fc.uint8Array({ maxLength: 300 }).map(each => Buffer.from(each).toString('latin1'))
  const beginnings = fc.constantFrom(
    '',
    'PROXY ',
    'PROXY TCP4 ',
    'PROXY UNKNOWN',
    bytes(SIGNATURE),
    bytes(`${SIGNATURE}21`),
  )
  const texts = fc.tuple(beginnings, anything).map(parts => parts.join(''))

  test('they are judged without a throw, and what was decided is not changed by what follows', () => {
    fc.assert(
      fc.property(texts, anything, (text, more) => {
        const read = readProxyHeader(text)
        if (read.kind !== 'incomplete') assert.deepEqual(readProxyHeader(text + more), read)
        if (read.kind === 'header') assert.ok(read.length <= text.length)
      }),
    )
  })

  test('no more than 4096 of them are waited for', () => {
    fc.assert(
      fc.property(texts, text => {
        assert.notEqual(readProxyHeader(text.padEnd(4096, text || 'x')).kind, 'incomplete')
      }),
    )
  })
})
