import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { get } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import { Folder } from '../support/folder.ts'
import { run } from '../support/program.ts'
import { until } from '../support/wait.ts'

/** Text in which every place is different, so that a part of it is known by what it holds. */
const TEXT = Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`).join('')
const PART = TEXT.slice(1000, 2000)

const daemon = await Daemon.start({
  config: [
    'MaxKeepAliveRequests 0',
    'CustomLog var/log/access.log "%>s [%{Range}i] [%{Accept-Encoding}i] %{User-Agent}i"',
  ],
  files: {
    'sidecars.txt': TEXT,
    'sidecars.txt.gz': gzipSync(TEXT),
    'sidecars.txt.br': brotliCompressSync(TEXT),
    'sidecars.txt.zst': zstdCompressSync(TEXT),
    'memory.txt': TEXT,
  },
})
after(() => daemon[Symbol.asyncDispose]())
for (const coding of ['gzip', 'br', 'zstd']) {
  await until(async () => {
    const { fields } = await daemon.ask(get('/memory.txt', `Accept-Encoding: ${coding}`))
    return fields.get('content-encoding') === coding
  }, `the file to be compressed as ${coding}`)
}

let folder: Folder
beforeEach(() => {
  folder = new Folder()
})
afterEach(() => folder[Symbol.dispose]())

async function successOf(program: string, ...args: readonly string[]): Promise<string> {
  const environment = { HOME: folder.path }
  const { code, stdout, stderr } = await run(`/usr/bin/${program}`, args, { environment })
  assert.equal(code, 0, `${stdout.slice(-2000)}${stderr.slice(-2000)}`)
  return stdout
}

/** Keeps the first bytes of the text as what a client has of it. */
function keepBeginning(name: string): string {
  const path = folder.resolve(name)
  writeFileSync(path, TEXT.slice(0, 12_345))
  return path
}

const PYTHON = `
import asyncio, json, sys
import aiohttp, fsspec, httpx, requests
url = sys.argv[1]
fields = {'Range': 'bytes=1000-1999'}

async def ask_aiohttp():
    async with aiohttp.ClientSession() as session, session.get(url, headers=fields) as response:
        return [response.status, await response.text()]

with requests.get(url, headers=fields) as asked:
    by_requests = [asked.status_code, asked.text]
with requests.get(url, headers=fields, stream=True) as asked:
    by_stream = [asked.status_code, b''.join(asked.iter_content(100)).decode()]
asked = httpx.get(url, headers=fields)
with fsspec.open(url, block_size=500) as file:
    file.seek(1000)
    by_fsspec = [206, file.read(1000).decode()]
print(json.dumps({
    'requests': by_requests,
    'requests, as a stream': by_stream,
    'httpx': [asked.status_code, asked.text],
    'aiohttp': asyncio.run(ask_aiohttp()),
    'fsspec': by_fsspec,
}))`

const PERL = `
use LWP::UserAgent;
my $agent = LWP::UserAgent->new;
$agent->default_header('Accept-Encoding' => scalar HTTP::Message::decodable());
my $response = $agent->get($ARGV[0], Range => 'bytes=1000-1999');
print $response->code, ' ', $response->decoded_content;`

for (const name of ['sidecars.txt', 'memory.txt']) {
  const url = `http://127.0.0.1:${daemon.port}/${name}`

  describe(`A part of ${name}, of which there are encoded forms, is one of the file as it is for`, () => {
    test('curl, which accepts them', async () => {
      const curl = ['--disable', '--silent', '--show-error', '--compressed']
      assert.equal(await successOf('curl', ...curl, '--range', '1000-1999', url), PART)
      const path = keepBeginning(name)
      await successOf('curl', ...curl, '--continue-at', '-', '--output', path, url)
      assert.equal(readFileSync(path, 'utf8'), TEXT)
    })

    test('python3-requests, httpx, aiohttp and fsspec', async () => {
      const asked = JSON.parse(await successOf('python3', '-c', PYTHON, url))
      for (const [client, answer] of Object.entries(asked)) assert.deepEqual(answer, [206, PART], client)
    })

    test('Perl’s LWP', async () => {
      assert.equal(await successOf('perl', '-e', PERL, url), `206 ${PART}`)
    })

    test('wget2, which resumes', async () => {
      const path = keepBeginning(name)
      await successOf('wget2', '--no-config', '--quiet', '--continue', '--directory-prefix', folder.path, url)
      assert.equal(readFileSync(path, 'utf8'), TEXT)
    })
  })
}

test('Each of these clients has asked for a part and accepted an encoded form', async () => {
  await daemon.ask(get('/', 'User-Agent: last'))
  await daemon.logged('last')
  const asked = await daemon.accessLog(0)
  const agents = asked.map(line => /^206 \[bytes=.*\] \[.*gzip.*\] ([^ /]*)/.exec(line)?.[1])
  const expected = ['Python', 'curl', 'libwww-perl', 'python-httpx', 'python-requests', 'wget2']
  assert.deepEqual(
    [...new Set(agents)].filter(agent => agent !== undefined).sort(),
    expected,
    asked.join('\n'),
  )
})
