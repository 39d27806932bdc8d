import { utimesSync } from 'node:fs'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Folder } from '../../test/support/folder.ts'
import { Dice } from './dice.ts'

/** Something to ask for, whose bytes are known beforehand. */
export interface Page {
  /** Of its URL. */
  readonly path: string
  /** Below DocumentRoot. */
  readonly name: string
  readonly content: Buffer
  /** Whether it may come packed, by a file beside it or by the server itself. */
  readonly mayBePacked: boolean
  /** How often it is asked for, beside the others. */
  readonly weight: number
}

/** Long ago, so that entity-tags are strong and dates alone tell versions apart. */
const PUBLISHED = new Date('2024-02-29T12:34:56Z')
const KIB = 1024

/** The pages of one seed, small ones above all, and one that is sent in several pieces. */
export function makePages(seed: number): Page[] {
  const dice = new Dice(seed)
  const page = (weight: number, path: string, name: string, content: Buffer): Page => {
    return { path, name, content, weight, mayBePacked: /\.(css|html|js)$/.test(name) }
  }
  return [
    page(30, '/', 'index.html', words(dice, 2 * KIB)),
    page(30, '/page.html', 'page.html', words(dice, KIB)),
    page(10, '/style.css', 'style.css', words(dice, 20 * KIB)),
    page(6, '/script.js', 'script.js', words(dice, 30 * KIB)),
    page(5, '/image.png', 'image.png', dice.bytes(60 * KIB)),
    page(0.5, '/video.mp4', 'video.mp4', dice.bytes(700 * KIB)),
    page(4, '/empty.txt', 'empty.txt', Buffer.alloc(0)),
    page(4, '/folder/', 'folder/index.html', words(dice, 3 * KIB)),
    page(4, '/a%20b.bin', 'a b.bin', dice.bytes(300)),
  ]
}

/** One of them has packed forms beside it; the server may pack the others itself. */
export function publishPages(folder: Folder, pages: readonly Page[]): void {
  for (const { name, content } of pages) publishOld(folder, name, content)
  const style = pages.find(({ name }) => name === 'style.css')
  if (style === undefined) return
  publishOld(folder, 'style.css.br', brotliCompressSync(style.content))
  publishOld(folder, 'style.css.gz', gzipSync(style.content))
  publishOld(folder, 'style.css.zst', zstdCompressSync(style.content))
}

function publishOld(folder: Folder, name: string, content: Buffer): void {
  utimesSync(folder.publish(name, content), PUBLISHED, PUBLISHED)
}

/** Text that packs well. */
function words(dice: Dice, length: number): Buffer {
  let text = ''
  while (text.length < length) text += `${dice.integer(0, 9999).toString(36)} lorem ipsum dolor sit amet\n`
  return Buffer.from(text.slice(0, length))
}
