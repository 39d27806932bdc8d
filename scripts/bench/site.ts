import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { Folder } from '../../test/support/folder.ts'
import { createRandom, zipfOrder } from './random.ts'

export const PAGE = '/page.html'
export const PAGE_SIZE = 1024
export const IMAGE = '/image.bin'
export const IMAGE_SIZE = 100 * 1024
export const FILM = '/film.bin'
export const FILM_SIZE = 100 * 1024 ** 2
export const SCRIPT = '/script.js'
/** The page that a browser loads, and how many resources belong to it. */
export const SITE = '/site/index.html'
export const RESOURCE_COUNT = 50

/** Of the many small files; their sizes are spread evenly over the powers of two. */
export const FILE_COUNT = 10_000
const [SMALLEST, LARGEST] = [512, 16 * 1024]
/** How many requests are drawn before they come again. */
const DRAWN = 200_000
const SEED = 6

export const filePath = (index: number) => `/files/${index % 100}/${index}.html`

/** Which of the many files are asked for, the first ones most: Zipf's law with exponent 1. */
export const POPULAR_ORDER = zipfOrder(FILE_COUNT, DRAWN, createRandom(SEED))

/** Publishes all that the workloads ask for. */
export function publishSite(folder: Folder): void {
  folder.publish(PAGE, 'x'.repeat(PAGE_SIZE))
  folder.publish(IMAGE, Buffer.alloc(IMAGE_SIZE, 'x'))
  folder.publishSparse(FILM, FILM_SIZE)
  publishWithSidecars(folder, SCRIPT, script(2000))
  const random = createRandom(SEED)
  for (let index = 0; index < FILE_COUNT; index++) {
    const size = Math.round(SMALLEST * (LARGEST / SMALLEST) ** random())
    folder.publish(filePath(index), 'x'.repeat(size))
  }
  publishPage(folder)
}

/** A page as sites are made of: styles, scripts and images, some of them large. */
function publishPage(folder: Folder): void {
  const tags: string[] = []
  for (let index = 0; index < RESOURCE_COUNT; index++) {
    const name = `resource-${index}`
    if (index % 10 === 0) {
      publishWithSidecars(
        folder,
        `/site/${name}.css`,
        `.a${index} { color: #123456; margin: 0 auto }\n`.repeat(200),
      )
      tags.unshift(`<link rel="stylesheet" href="${name}.css">`)
    } else if (index % 10 < 3) {
      publishWithSidecars(folder, `/site/${name}.js`, script(100 * index))
      tags.push(`<script src="${name}.js" defer></script>`)
    } else {
      const noise = '<circle cx="5" cy="5" r="4"/>'.repeat(20 * index)
      folder.publish(
        `/site/${name}.svg`,
        `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${noise}</svg>`,
      )
      tags.push(`<img src="${name}.svg" width="9" height="9" alt="">`)
    }
  }
  folder.publish(
    SITE,
    `<!doctype html><meta charset="utf-8"><title>Bench</title><link rel="icon" href="data:,">\n${tags.join('\n')}\n`,
  )
}

function publishWithSidecars(folder: Folder, name: string, text: string): void {
  folder.publish(name, text)
  folder.publish(`${name}.gz`, gzipSync(text, { level: 9 }))
  folder.publish(`${name}.br`, brotliCompressSync(text))
}

function script(lines: number): string {
  return Array.from({ length: lines }, (_, line) => `const value${line} = ${(line * 7919) % 104729}\n`).join(
    '',
  )
}
