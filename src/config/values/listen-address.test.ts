import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ListenAddress } from '../config.ts'
import { formatListenAddress, listenAddress, overlap, withFamiliesApart } from './listen-address.ts'

function address(word: string): ListenAddress {
  const read = listenAddress.read(word)
  assert.ok(read !== undefined, word)
  return read
}

function refuses(...words: readonly string[]): void {
  for (const word of words) assert.equal(listenAddress.read(word), undefined, JSON.stringify(word))
}

test('reads a port alone, and with an address of either kind', () => {
  const addresses = {
    '80': { host: undefined, port: 80 },
    '0': { host: undefined, port: 0 },
    '*:80': { host: undefined, port: 80 },
    '127.0.0.1:8080': { host: '127.0.0.1', port: 8080 },
    '0.0.0.0:65535': { host: '0.0.0.0', port: 65_535 },
    '[::]:80': { host: '::', port: 80 },
    '[0:0:0:0:0:0:0:1]:8080': { host: '::1', port: 8080 },
    '[FE80::1%eth0]:80': { host: 'fe80::1%eth0', port: 80 },
    '[::ffff:192.0.2.1]:80': { host: '192.0.2.1', port: 80 },
  }
  for (const [word, address] of Object.entries(addresses))
    assert.deepEqual(listenAddress.read(word), address, word)
})

test('refuses an address that is none', () => {
  refuses('', ':80', '65536', '-1', '080000', '80 ', '127.0.0.1', '127.0.0.1:', '127.1:80')
  refuses('256.0.0.1:80', '1.2.3.4.5:80', '1.2.3.:80', 'localhost:80', '::1:80', '[::1]')
  refuses('[]:80', '[1.2.3.4]:80', '[::g]:80', '[::1%]:80', '[::1]@x]:80', '[%eth0]:80')
})

test('reads every address and port that can be written', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV6(), fc.nat(65_535), (ipv4, ipv6, port) => {
      assert.deepEqual(listenAddress.read(`${ipv4}:${port}`), { host: ipv4, port })
      assert.equal(listenAddress.read(`[${ipv6}]:${port}`)?.port, port)
    }),
  )
})

test('knows which addresses the kernel would not let one server have together', () => {
  const overlapping = [
    ['80', '80'],
    ['80', '0.0.0.0:80'],
    ['80', '[::]:80'],
    ['80', '127.0.0.1:80'],
    ['[::]:80', '127.0.0.1:80'],
    ['[::]:80', '[::1]:80'],
    ['0.0.0.0:80', '127.0.0.1:80'],
    ['127.0.0.1:80', '[::ffff:127.0.0.1]:80'],
    ['0', '*:0'],
  ] as const
  const apart = [
    ['80', '81'],
    ['80', '127.0.0.1:81'],
    ['0.0.0.0:80', '[::]:80'],
    ['0.0.0.0:80', '[::1]:80'],
    ['127.0.0.1:80', '127.0.0.2:80'],
    ['127.0.0.1:80', '[::1]:80'],
    ['0', '127.0.0.1:0'],
  ] as const
  for (const [one, other] of overlapping) {
    assert.ok(overlap(address(one), address(other)), `${one} and ${other}`)
    assert.ok(overlap(address(other), address(one)), `${other} and ${one}`)
  }
  for (const [one, other] of apart) {
    assert.ok(!overlap(address(one), address(other)), `${one} and ${other}`)
    assert.ok(!overlap(address(other), address(one)), `${other} and ${one}`)
  }
})

test('keeps [::] to IPv6 only where 0.0.0.0 has the same port, whichever comes first', () => {
  const onlyIpv6 = (...words: readonly string[]) =>
    withFamiliesApart(words.map(address))
      .filter(each => each.path === undefined && each.ipv6Only)
      .map(formatListenAddress)
  assert.deepEqual(onlyIpv6('[::]:80', '0.0.0.0:80'), ['[::]:80'])
  assert.deepEqual(onlyIpv6('0.0.0.0:80', '[::]:80', '[::]:81', '[::1]:82'), ['[::]:80'])
  assert.deepEqual(onlyIpv6('[::]:80', '0.0.0.0:81', '127.0.0.1:80'), [])
})
