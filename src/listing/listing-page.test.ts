import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FolderEntry } from '../files/open-folder.ts'
import { encodePath } from '../http/response/respond.ts'
import type { ListingSummary } from './listing-format.ts'
import { HTML_LISTING } from './listing-page.ts'

const SUMMARY: ListingSummary = {
  path: '/pub/docs/',
  serverName: 'www.example.com',
  view: { sort: 'name', order: 'ascending', format: 'html' },
  folders: 1,
  files: 2,
  bytes: 1_234_567,
  isComplete: true,
  isPacked: false,
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}

/** Any name a file can have, as a byte string; what means something in HTML or in a URI more often than not. */
const fileName = fc
  .array(
    fc.oneof(
      fc.integer({ min: 1, max: 255 }).map(byte => String.fromCharCode(byte)),
      fc.constantFrom(...`<>&"'?#%:;. \n`, '</a>', '<script>', '&lt;', '%2e', 'javascript:', '\xe2\x80\xae'),
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map(characters => characters.join('').replaceAll('/', ''))
  .filter(name => !/^\.{0,2}$/.test(name))

function page(entries: readonly FolderEntry[], summary: ListingSummary = SUMMARY): string {
  const rows = entries.map((entry, index) => HTML_LISTING.entry(entry, index))
  return HTML_LISTING.opening(summary) + rows.join('') + HTML_LISTING.closing(summary)
}

function file(name: string, more: Partial<FolderEntry> = {}): FolderEntry {
  return { name, type: 'file', size: 812, modified: 784_111_777_000, ...more }
}

function button(sort: string, order: string, title: string): string {
  const hidden = `<input type="hidden" name="sort" value="${sort}">`
  return `<form>${hidden}<button name="order" value="${order}">${title}</button></form>`
}

function tags(html: string): string[] {
  return (html.match(/<[^>]*>/g) ?? []).map(tag => tag.replace(/ href="[^"]*"/, ''))
}

function links(html: string): string[] {
  return [...html.matchAll(/<a (?:rel="up" )?href ?= ?"([^"]*)"/g)].map(match =>
    (match[1] ?? '').replace(/&[a-z0-9#]+;/g, entity => ENTITIES[entity] ?? entity),
  )
}

/** The bytes that a path stands for once a browser has made it absolute and a server has decoded it. */
function destination(link: string, base = '/pub/docs/'): string {
  const { protocol, host, pathname, search, hash } = new URL(link, `http://www.example.com${base}`)
  assert.deepEqual([protocol, host, search, hash], ['http:', 'www.example.com', '', ''])
  return pathname.replace(/%(..)/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)))
}

test('lets no name of a file or folder add markup to the page', () => {
  fc.assert(
    fc.property(fileName, fileName, (name, parent) => {
      const hostile = page([file(name)], { ...SUMMARY, path: `/${parent}/${name}/` })
      const harmless = page([file('a.txt')], { ...SUMMARY, path: '/a/b/' })
      assert.deepEqual(tags(hostile), tags(harmless))
    }),
    { numRuns: 1000 },
  )
})

test('links to every file by its very bytes, whatever its name', () => {
  fc.assert(
    fc.property(fileName, name => {
      const [link = ''] = links(HTML_LISTING.entry(file(name), 0))
      assert.equal(destination(link), `/pub/docs/${name}`)
      const [folder = ''] = links(HTML_LISTING.entry(file(name, { type: 'folder' }), 0))
      assert.equal(destination(folder), `/pub/docs/${name}/`)
    }),
    { numRuns: 1000 },
  )
})

test('links to every folder above by its very bytes, whatever its name', () => {
  fc.assert(
    fc.property(fileName, fileName, fileName, (one, two, three) => {
      const path = `/${one}/${two}/${three}/`
      const parents = links(page([], { ...SUMMARY, path, folders: 0, files: 0 })).slice(0, 3)
      assert.deepEqual(
        parents.map(link => destination(link, encodePath(path))),
        ['/', `/${one}/`, `/${one}/${two}/`],
      )
    }),
    { numRuns: 300 },
  )
})

test('links to folders above by relative references, which are right behind a proxy that takes a prefix off', () => {
  assert.deepEqual(links(page([], { ...SUMMARY, path: '/a/b/c/' })).slice(0, 3), [
    '../../../',
    '../../',
    '../',
  ])
})

test('writes names so that programs which know little of HTML or of URIs find them', () => {
  const written: Record<string, string> = {
    'javascript:alert(1)': 'javascript%3Aalert(1)',
    "it's & it isn't": 'it%27s%20%26%20it%20isn%27t',
    _static: '%5Fstatic',
    '~a': '%7Ea',
    'httpd.conf': '%68ttpd.conf',
    $1: '%241',
    'year=2024': 'year=2024',
    '\xc3\xbc': '%C3%BC',
  }
  for (const [name, link] of Object.entries(written)) {
    assert.ok(HTML_LISTING.entry(file(name), 0).includes(`<a href="${link}">`), name)
    const folder = HTML_LISTING.entry(file(name, { type: 'folder' }), 0)
    assert.ok(folder.includes(`<a href="${link}/">`), name)
  }
})

test('has entries alone as its links that begin with href, and leads up by a row too, save at the top', () => {
  const html = page([file('a'), file('b', { type: 'folder' })])
  assert.deepEqual(html.match(/href="[^"]*"/g), ['href="data:,"', 'href="a"', 'href="b/"'])
  assert.ok(html.includes('<tbody>\n<tr><td><a rel="up" href = "../">..</a></td>'), html)
  assert.doesNotMatch(page([file('a')], { ...SUMMARY, path: '/' }), /rel="up"/)
})

test('shows each entry with its size and time, for people and exactly', () => {
  assert.equal(
    HTML_LISTING.entry(file('a & b.iso', { size: 1_433_600 }), 0),
    '<tr class="file"><td><a href="a%20%26%20b.iso"><bdi>a &amp; b.iso</bdi></a></td>' +
      '<td title="1,433,600 bytes">1.37 MiB</td>' +
      '<td><time datetime="1994-11-06T08:49:37.000Z" title="1994-11-06 08:49:37.000">1994-11-06 08:49</time></td></tr>\n',
  )
  assert.match(
    HTML_LISTING.entry(file('docs', { type: 'folder' }), 0),
    /<bdi>docs<\/bdi>\/<\/a><\/td><td><\/td>/,
  )
  assert.match(HTML_LISTING.entry(file('a', { modified: 9e18 }), 0), /<td>812 B<\/td><td><\/td>/)
})

test('says what there is, where it is, and how it is sorted', () => {
  const html = page([file('a'), file('b')])
  assert.ok(html.includes('<title>Index of /pub/docs</title>'), html)
  assert.ok(html.includes('<h1><bdi>docs</bdi></h1>\n<p>1 folder, 2 files, 1.18 MiB</p>'), html)
  assert.ok(html.includes(`<th aria-sort="ascending">${button('name', 'descending', 'Name')}</th>`), html)
  assert.ok(html.includes(`<th>${button('size', 'descending', 'Size')}</th>`), html)

  const bySize = page([], { ...SUMMARY, view: { sort: 'size', order: 'descending', format: 'html' } })
  assert.ok(bySize.includes(`<th>${button('name', 'ascending', 'Name')}</th>`), bySize)
  assert.ok(bySize.includes(`<th aria-sort="descending">${button('size', 'ascending', 'Size')}</th>`), bySize)
})

test('bears the name of the server where nothing is above', () => {
  const html = page([], { ...SUMMARY, path: '/' })
  assert.ok(html.includes('<main>\n<h1>www.example.com</h1>'), html)
  assert.ok(html.includes('<title>Index of /</title>'), html)
})

test('says when a folder is empty, or holds more than is shown', () => {
  const empty = page([], { ...SUMMARY, folders: 0, files: 0, bytes: 0 })
  assert.ok(empty.includes('<p>This folder is empty.</p>'), empty)
  assert.doesNotMatch(empty, /<th/)
  const partial = page([], { ...SUMMARY, folders: 0, files: 200_000, isComplete: false })
  assert.match(partial, /<p>Only 200,000 files, 1\.18 MiB: the folder holds more/)
})

test('asks for nothing else, and lets the browser hold it to that', () => {
  const html = page([file('a')])
  const style = /<style>(.*)<\/style>/s.exec(html)?.[1] ?? ''
  const policy = HTML_LISTING.fields.find(([name]) => name === 'Content-Security-Policy')?.[1] ?? ''
  assert.ok(
    policy.startsWith(`default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'`),
    policy,
  )
  assert.doesNotMatch(html, /<script|src=|action=|url\(|@import|https?:| style=/)
})
