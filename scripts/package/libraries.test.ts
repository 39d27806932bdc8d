import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dependenciesOf } from './libraries.ts'

/** As readelf prints it, with much left out. */
const READELF = `
Dynamic section at offset 0x6ea5c40 contains 39 entries:
  Tag                Type           Name/Value
 0x0000000000000001 (NEEDED)       Shared library: [libatomic.so.1]
 0x0000000000000001 (NEEDED)       Shared library: [libm.so.6]
 0x0000000000000001 (NEEDED)       Shared library: [libstdc++.so.6]
 0x0000000000000001 (NEEDED)       Shared library: [libc.so.6]
 0x0000000000000001 (NEEDED)       Shared library: [ld-linux-aarch64.so.1]

Version needs section '.gnu.version_r' contains 3 entries:
 Addr: 0x00000000005b8a90  Offset: 0x1b8a90  Link: 6 (.dynstr)
  000000: Version: 1  File: libstdc++.so.6  Cnt: 3
  0x0010:   Name: CXXABI_1.3.11  Flags: none  Version: 18
  0x0020:   Name: GLIBCXX_3.4.9  Flags: none  Version: 17
  0x0030:   Name: GLIBCXX_3.4.26  Flags: none  Version: 16
  0x0040: Version: 1  File: libm.so.6  Cnt: 1
  0x0050:   Name: GLIBC_2.29  Flags: none  Version: 15
  0x0060: Version: 1  File: libc.so.6  Cnt: 2
  0x0070:   Name: GLIBC_2.4  Flags: none  Version: 14
  0x0080:   Name: GLIBC_2.28  Flags: none  Version: 13
`

test('needs the oldest packages that have every symbol of the binary', () => {
  assert.deepEqual(dependenciesOf(READELF), ['libatomic1', 'libc6 (>= 2.29)', 'libstdc++6 (>= 9)'])
})

test('makes no package of a binary whose needs it cannot tell', () => {
  assert.throws(() => dependenciesOf('(NEEDED)  Shared library: [libssl.so.3]'), {
    message: 'Expected a library of LIBRARIES, got "libssl.so.3": add its Debian package',
  })
  assert.throws(() => dependenciesOf(READELF.replace('GLIBCXX_3.4.26', 'GLIBCXX_3.4.99')), {
    message: 'Expected a version of GLIBCXX, got "GLIBCXX_3.4.99": add its GCC',
  })
})
