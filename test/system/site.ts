import { lutimesSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** When all files of the site were last changed, as HTTP writes it. */
export const CHANGED = 'Tue, 02 Jan 2024 03:04:05 GMT'

/** What every server is asked for, by name below its document root. */
export const SITE: Readonly<Record<string, string | Buffer>> = {
  'follower.txt': 'It goes on.',
  'text.txt': 'The quick brown fox jumps over the lazy dog\n',
  'page.html': '<!DOCTYPE html><title>Page</title>',
  'style.css': 'body { color: black }',
  'plain.js': 'export const plain = true',
  'packed.js': 'export const packed = "packed packed packed"',
  'packed.js.gz': '\x1f\x8b: bytes that nobody unpacks here',
  'image.png': '\x89PNG',
  'file.unknown': 'unknown',
  file: 'no extension',
  'empty.txt': '',
  'a b+c%d.txt': 'reserved',
  'grüße.txt': 'non-ASCII',
  '.secret': 'secret',
  '.well-known/security.txt': 'Contact: mailto:security@example.com',
  'index.html': '<h1>Home</h1>',
  'folder/index.html': '<h1>Folder</h1>',
  'listing/a b.txt': '',
  'listing/a<b>&"c".txt': '',
  'listing/a:b.txt': '',
  'listing/.hidden': '',
  'listing/sub/file.txt': '',
  'big.bin': Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251)),
}

/** Gives every file below a folder the same time of change, one that has long passed. */
export function settle(root: string): void {
  const time = Date.parse(CHANGED) / 1000
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    lutimesSync(join(root, name), time, time)
  }
}
