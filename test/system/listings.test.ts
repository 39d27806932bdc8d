import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { Daemon } from '../support/daemon.ts'
import { Folder } from '../support/folder.ts'
import { run } from '../support/program.ts'
import { Browser } from './browser.ts'

/** What each file holds is its name. */
const FILES = [
  ...['plain.txt', 'README', 'two words.txt', 'ü.txt', '日本.txt', ' before', 'after '],
  ...["it's.txt", 'this & that.txt', '&amp;.txt', '"quoted".txt', '<b>.txt', '100%', 'what?#.txt'],
  ...[
    'C:.txt',
    'x:y',
    'mailto:x',
    'http:',
    'httpd.conf',
    'semi;colon',
    'one,two',
    'year=2024',
    'a+b.txt',
    'a@b',
    'a!b',
  ],
  ...[
    '-dash',
    '_static.txt',
    '$x',
    '(1).txt',
    '[1].txt',
    '{c}',
    'star*.txt',
    'back\\slash',
    'a`b',
    'a^b',
    'a|b',
  ],
  ...['sub folder/in & out.txt', '_static/page.txt', 'year=2025/month=1/data', 'ü/ö.txt', "it's/it's.txt"],
]

const daemon = await Daemon.start({
  config: ['Options +Indexes', 'MaxKeepAliveRequests 0'],
  files: Object.fromEntries(FILES.map(name => [`pub/${name}`, name])),
})
after(() => daemon[Symbol.asyncDispose]())
const site = `http://127.0.0.1:${daemon.port}/pub/`

let copy: Folder
beforeEach(() => {
  copy = new Folder()
})
afterEach(() => copy[Symbol.dispose]())

async function successOf(program: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(`/usr/bin/${program}`, args)
  assert.equal(code, 0, `${stdout.slice(-2000)}${stderr.slice(-2000)}`)
  return stdout
}

/** The files below a folder of the copy, with what they hold. */
function filesIn(name: string): Record<string, string> {
  const path = copy.resolve(name)
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const paths = entries.map(entry => `${entry.parentPath}/${entry.name}`).sort()
  return Object.fromEntries(paths.map(each => [each.slice(path.length + 1), readFileSync(each, 'utf8')]))
}

function filesNamed(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.toSorted().map(name => [name, name]))
}

/** What a program has that keeps the listings themselves too. */
function withoutListings(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).filter(
      ([name, content]) => !/(^|\/)index\.html$/.test(name) || !content.includes('<title>Index of /pub'),
    ),
  )
}

/** The entries of the listed folder itself, folders without their slash. */
const ENTRIES = [...new Set(FILES.map(name => name.split('/')[0] ?? ''))].sort()

describe('Whoever copies a folder by its listing has every entry, and nothing else:', () => {
  test('lftp mirror', async () => {
    const to = copy.resolve('copy')
    await successOf('lftp', '--norc', '-c', `set net:max-retries 1; mirror ${site} ${to}`)
    assert.deepEqual(filesIn('copy'), filesNamed(FILES))
  })

  for (const [program, ...options] of [
    ['wget', '--no-config', '--restrict-file-names=unix,nocontrol'],
    ['wget2', '--no-config', '--restrict-file-names=unix'],
  ] as const) {
    test(`${program} --mirror`, async () => {
      const what = ['--quiet', '--mirror', '--no-parent', '--no-host-directories', '--cut-dirs=1']
      await successOf(program, ...options, ...what, '--directory-prefix', copy.resolve('copy'), site)
      assert.deepEqual(withoutListings(filesIn('copy')), filesNamed(FILES))
    })
  }

  test('rclone copy', async () => {
    const from = ['--config', '/dev/null', '--http-url', site, ':http:']
    await successOf('rclone', 'copy', ...from, copy.resolve('copy'))
    assert.deepEqual(filesIn('copy'), filesNamed(FILES))
  })

  test('httpdirfs, which mounts it', async () => {
    const [mount, to] = [copy.resolve('mount'), copy.resolve('copy')]
    // Without a HOME it crashes.
    const script = `mkdir ${mount} ${to} && { HOME=${copy.path} httpdirfs -f ${site} ${mount} >${copy.resolve('said')} 2>&1 & }
      until mountpoint -q ${mount}; do kill -0 $! || { cat ${copy.resolve('said')}; exit 1; }; sleep 0.05; done
      cp -r ${mount}/. ${to}`
    const alone = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
    await successOf('unshare', ...alone, '/bin/sh', '-c', script)
    assert.deepEqual(filesIn('copy'), filesNamed(FILES))
  })

  test('GDAL’s ReadDir, and fsspec, which name them as the links do', async () => {
    const script = `
import json, sys
import fsspec
from osgeo import gdal
from urllib.parse import unquote
site = sys.argv[1]
print(json.dumps([
    sorted(unquote(name) for name in gdal.ReadDir('/vsicurl/' + site)),
    sorted(unquote(name.removeprefix(site)).rstrip('/') for name in fsspec.filesystem('http').ls(site, detail=False)),
]))`
    const [gdal, fsspec] = JSON.parse(await successOf('python3', '-c', script, site))
    assert.deepEqual(gdal.toSorted(), ENTRIES)
    assert.deepEqual(fsspec.toSorted(), ENTRIES)
  })
})

describe('A person with a browser', async () => {
  const browser = await Browser.start()
  after(() => browser[Symbol.asyncDispose]())

  test('sorts a listing without a script', async () => {
    await browser.open(site)
    await browser.follow('th:nth-child(2) button')
    const sorted = '[location.search, document.querySelector("[aria-sort=descending]").textContent]'
    assert.deepEqual(await browser.evaluate(sorted), ['?sort=size&order=descending', 'Size'])
  })

  test('reads it on a screen of 320 pixels without scrolling sideways', async () => {
    const metrics = { width: 320, height: 640, deviceScaleFactor: 1, mobile: false }
    await browser.command('Emulation.setDeviceMetricsOverride', metrics)
    daemon.folder.publish(`pub/${'long'.repeat(60)}/${'longer'.repeat(40)}.txt`, 'long')
    for (const path of [site, `${site}${'long'.repeat(60)}/`]) {
      await browser.open(path)
      const [content, screen] = (await browser.evaluate(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      )) as number[]
      assert.equal(content, screen, path)
    }
  })
})
