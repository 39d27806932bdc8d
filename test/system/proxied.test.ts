import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Client, get } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import { run } from '../support/program.ts'
import { eventually } from '../support/wait.ts'
import { Peer } from './peers.ts'

const FILES = { 'a.txt': 'first', 'secret/a.txt': 'secret' }
const LOG = 'CustomLog var/log/access.log "%a %{remote}p %{c}a %>s %{X-Number}i"'
const SECRET = ['<Location /secret>', 'Require ip 192.0.2.7 2001:db8::7', '</Location>']
const MODULE = 'LoadModule remoteip_module /usr/lib/apache2/modules/mod_remoteip.so'

/** Both servers with the same lines, ours and Apache. */
class Pair implements AsyncDisposable {
  readonly #ours: Daemon
  readonly #apache: Peer

  private constructor(ours: Daemon, apache: Peer) {
    this.#ours = ours
    this.#apache = apache
  }

  static async of(lines: readonly string[]): Promise<Pair> {
    const config = [...lines, LOG, ...SECRET]
    const ours = await Daemon.start({ config, files: FILES })
    const apache = await Peer.apache(ours.folder.resolve('var/www'), [MODULE, ...config])
    return new Pair(ours, apache)
  }

  /**
   * What both have made of the same bytes: who has asked, the port as far as it is known, the other end of the connection, and
   * the status. They are answered or not, and end the connection either way.
   */
  async ask(number: string, bytes: string): Promise<{ readonly ours: string; readonly apache: string }> {
    const [ours = '', apache = ''] = await Promise.all(
      [this.#ours, this.#apache].map(async ({ port, folder }) => {
        using client = await Client.connect(port)
        const own = client.port
        client.send(bytes)
        const received = (await client.untilClosed()).bytes.toString('latin1')
        if (!received.startsWith('HTTP/1.1 200') && !received.startsWith('HTTP/1.1 403'))
          return received === '' ? 'no answer' : received.slice(0, 12)
        const look = () =>
          folder
            .read('var/log/access.log')
            .split('\n')
            .find(line => line.endsWith(` ${number}`))
        const line = await eventually(look, `request ${number} in the log`)
        return line.replace(` ${own} `, ' (its own) ').replace(/ \S+$/, '')
      }),
    )
    return { ours, apache }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#apache[Symbol.asyncDispose]()
    await this.#ours[Symbol.asyncDispose]()
  }
}

describe('Apache believes the same of RemoteIPHeader', () => {
  const fields = [
    ...[
      '192.0.2.7',
      '2001:db8::7',
      '2001:DB8:0::7',
      '::ffff:192.0.2.7',
      ' 192.0.2.7 ',
      '',
      ',',
      '192.0.2.7,',
    ],
    ...['203.0.113.9, 192.0.2.7', '192.0.2.7, 198.51.100.1', '203.0.113.9, 192.0.2.7,198.51.100.1'],
    ...[
      '198.51.100.2, 198.51.100.1',
      '192.0.2.7, , 198.51.100.1',
      '192.0.2.7, 127.0.0.1',
      '192.0.2.7, 10.1.2.3',
    ],
    ...[
      '192.0.2.7, 10.1.2.3, 198.51.100.1',
      '192.168.0.1',
      '169.254.0.1',
      '172.31.0.1',
      '172.32.0.1',
      '127.0.0.9',
    ],
    ...['::1', 'fd00::1', 'fe80::1', '64:ff9b::1', '2002::1', '192.0.2.7:80', '"192.0.2.7"', 'for=192.0.2.7'],
    ...[
      '[2001:db8::7]',
      '[2001:db8::7]:80',
      'unknown',
      '192.0.2.7, unknown',
      '192.0.2.7, 192.0.2.8:80, 198.51.100.1',
    ],
  ]
  for (const [title, lines] of Object.entries({
    'trusted proxies': ['RemoteIPTrustedProxy 127.0.0.1 198.51.100.0/24'],
    'internal proxies': ['RemoteIPInternalProxy 127.0.0.1 10.0.0.0/8'],
    'both kinds': ['RemoteIPInternalProxy 127.0.0.1', 'RemoteIPTrustedProxy 198.51.100.0/24 10.0.0.0/8'],
    strangers: ['RemoteIPTrustedProxy 192.0.2.1'],
  })) {
    test(`from ${title}`, async () => {
      await using pair = await Pair.of(['RemoteIPHeader X-Forwarded-For', ...lines])
      for (const [index, field] of fields.entries()) {
        const number = `n${index}`
        const bytes = get(
          '/secret/a.txt',
          `X-Forwarded-For: ${field}`,
          `X-Number: ${number}`,
          'Connection: close',
        )
        const { ours, apache } = await pair.ask(number, bytes)
        assert.equal(ours, apache, JSON.stringify(field))
      }
      const twice = ['X-Forwarded-For: 192.0.2.7', 'X-Forwarded-For: 198.51.100.1']
      const { ours, apache } = await pair.ask(
        'twice',
        get('/a.txt', ...twice, 'X-Number: twice', 'Connection: close'),
      )
      assert.equal(ours, apache)
    })
  }
})

test('Apache takes and refuses the same PROXY headers, but for those that name no client of IP', async () => {
  const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex').toString('latin1')
  const version2 = (text: string) => hex('0d0a0d0a000d0a515549540a') + hex(text)
  const ipv4 = 'c0000207 c6336401 0401 01bb'
  const ipv6 = '20010db8 00000000 00000000 00000007 20010db8 00000000 00000000 00000001 0401 01bb'
  const own = '127.0.0.1 (its own) 127.0.0.1 403'
  /** Where Apache does something else: what is done here. */
  const differences: Readonly<Record<string, string>> = {
    'PROXY UNKNOWN': own,
    'unspecified family': own,
    UNIX: own,
    'a checksum that is wrong': 'no answer',
  }
  await using pair = await Pair.of([
    'RemoteIPProxyProtocol On',
    'RemoteIPHeader X-Forwarded-For',
    'RemoteIPTrustedProxy 127.0.0.1',
  ])
  for (const [title, header] of Object.entries({
    TCP4: 'PROXY TCP4 192.0.2.7 198.51.100.1 1025 443\r\n',
    'another client': 'PROXY TCP4 192.0.2.8 198.51.100.1 1025 443\r\n',
    TCP6: 'PROXY TCP6 2001:db8::7 2001:db8::1 1025 443\r\n',
    'PROXY UNKNOWN': 'PROXY UNKNOWN\r\n',
    'UNKNOWN with addresses': 'PROXY UNKNOWN 192.0.2.7 198.51.100.1 1025 443\r\n',
    'no header': '',
    'half a line': 'PROXY TCP4 192.0.2.7\r\n',
    'another family': 'PROXY TCP5 192.0.2.7 198.51.100.1 1025 443\r\n',
    'version 2 of IPv4': version2(`21 11 000c ${ipv4}`),
    'version 2 of IPv6': version2(`21 21 0024 ${ipv6}`),
    'version 2 with additions': version2(`21 11 0011 ${ipv4} 01 0002 6832`),
    LOCAL: version2('20 00 0000'),
    'unspecified family': version2('21 00 0000'),
    UNIX: version2('21 31 00d8') + '\0'.repeat(216),
    'another version': version2(`31 11 000c ${ipv4}`),
    'a checksum that is wrong': version2(`21 11 0013 ${ipv4} 03 0004 00000000`),
  })) {
    const number = title.replaceAll(' ', '-')
    const request = get(
      '/secret/a.txt',
      'X-Forwarded-For: 192.0.2.7',
      `X-Number: ${number}`,
      'Connection: close',
    )
    const { ours, apache } = await pair.ask(number, header + request)
    assert.equal(ours, differences[title] ?? apache, title)
    if (title in differences) assert.notEqual(apache, ours, `${title}: no difference`)
  }
})

/** The blocks of docs/behind-a-proxy.md in one language, in their order. */
function blocks(language: string): readonly string[] {
  const page = readFileSync(join(import.meta.dirname, '../../docs/behind-a-proxy.md'), 'utf8')
  return [...page.matchAll(/```(\w+)\n(.*?)```/gs)].flatMap(([, name, block = '']) =>
    name === language ? [block] : [],
  )
}

/** A server of ours with what stands in the page, but for its port. */
async function startAs(block: string | undefined): Promise<Daemon> {
  const lines = (block ?? '')
    .trimEnd()
    .split('\n')
    .filter(line => !line.startsWith('Listen '))
  assert.ok(lines.length > 0)
  return await Daemon.start({ config: [...lines, LOG], files: FILES })
}

/** What curl gets, from an address of its own. */
async function curl(address: string, port: number, ...args: readonly string[]): Promise<string> {
  const url = `http://127.0.0.1:${port}/a.txt`
  const { stdout, stderr } = await run('/usr/bin/curl', [
    '--disable',
    '-sS',
    '--interface',
    address,
    ...args,
    url,
  ])
  return stdout + stderr
}

describe('As docs/behind-a-proxy.md says', () => {
  const [proxied, fielded] = blocks('apache')

  for (const version of ['send-proxy-v2', 'send-proxy', 'send-proxy-v2 proxy-v2-options crc32c,unique-id']) {
    test(`HAProxy names its clients by ${version}, and its checks are its own`, async () => {
      await using daemon = await startAs(proxied)
      const [block = ''] = blocks('haproxy')
      // A check that comes late on a busy machine takes nothing out of service.
      const often = 'check inter 200ms fall 1000'
      await using haproxy = await Peer.haproxy(port =>
        block
          .replace('192.0.2.10:80', `127.0.0.1:${port}`)
          .replace('127.0.0.1:8080', `127.0.0.1:${daemon.port}`)
          .replace('server one', 'option httpchk GET /a.txt\n    server one')
          .replace('send-proxy-v2 check', `${version} ${often}`),
      )
      assert.match(await daemon.logged('127.0.0.1 '), /^127\.0\.0\.1 [1-9]\d* 127\.0\.0\.1 200 -$/)
      for (const address of ['127.0.0.5', '127.0.0.6']) {
        assert.equal(await curl(address, haproxy.port, '-H', 'X-Number: 1'), 'first')
        const line = await daemon.logged(`${address} `)
        assert.match(line, new RegExp(`^${address} [1-9]\\d* 127\\.0\\.0\\.1 200 1$`))
      }
      assert.doesNotMatch(await daemon.errorLog(), /Cut off/)
    })
  }

  test('nginx names its clients by a field, and theirs is not believed', async () => {
    await using daemon = await startAs(fielded)
    const [block = ''] = blocks('nginx')
    const lines = block.replace('127.0.0.1:8080', `127.0.0.1:${daemon.port}`).trimEnd().split('\n')
    await using nginx = await Peer.nginx('/nonexistent', lines)
    for (const address of ['127.0.0.5', '127.0.0.6']) {
      const spoofed = 'X-Forwarded-For: 192.0.2.7'
      assert.equal(await curl(address, nginx.port, '-H', spoofed, '-H', 'X-Number: 1'), 'first')
      assert.equal(await daemon.logged(`${address} `), `${address} 0 127.0.0.1 200 1`)
    }
  })
})
