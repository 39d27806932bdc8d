import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import type { Response } from '../../test/support/response.ts'
import type { Dice } from '../proof/dice.ts'
import type { Fault, World } from './world.ts'

/** Bytes of a line of a version, which tells its file, its number and its place. */
const LINE = 64
const SECRET = 'secret: this lies outside DocumentRoot\n'
const PACKED = 'packed.txt'
const TRUNCATED = 'truncated.txt'
/** Milliseconds after which what was replaced must not be served any more; the server promises a tenth of a second. */
const LONGEST_STALENESS = 10_000

/** What is asked for while it changes. */
export const CHANGING_PATHS = [
  '/changing/replaced.txt',
  '/changing/removed.txt',
  `/changing/${TRUNCATED}`,
  '/changing/forbidden.txt',
  '/changing/link.txt',
  `/changing/${PACKED}`,
  '/changing/folder/inside.txt',
  '/changing/kind.txt',
  '/listed/',
]

const texts = new LRUCache<string, Buffer>({ max: 50 })

/** Whether the answer to this request may be broken off, since its file is cut short while it is sent. */
export function mayBeBrokenOff(text: string): boolean {
  return text.startsWith(`GET /changing/${TRUNCATED}?`)
}

/** The text of a version of a file: any part of it tells where it is from. */
export function textOfVersion(name: string, version: number): Buffer {
  const key = `${name} ${version}`
  const text = texts.get(key) ?? makeText(name, version)
  texts.set(key, text)
  return text
}

function makeText(name: string, version: number): Buffer {
  // Some fit in memory, some are sent in several pieces; the same version has the same size each time.
  const lines = 1 + ((version * 7919) % 10_000) ** (version % 3 === 0 ? 1 : 0.5)
  const line = (index: number) => `${name} version ${version} line ${index} `.padEnd(LINE - 1, '.')
  return Buffer.from(Array.from({ length: Math.ceil(lines) }, (_, index) => `${line(index)}\n`).join(''))
}

/** A folder whose files change, and what is known of their versions. */
export class ChangingFiles {
  readonly #root: string
  readonly #outside: string
  /** The versions of each file, and when each was replaced by the next. */
  readonly #replaced = new Map<string, number[]>()
  readonly #world: Pick<World, 'now'>

  constructor(world: Pick<World, 'now'>, root: string, outside: string) {
    this.#world = world
    this.#root = root
    this.#outside = join(outside, 'secret.txt')
    writeFileSync(this.#outside, SECRET)
    for (const folder of ['changing', 'changing/folder', 'listed']) mkdirSync(join(root, folder))
    for (const name of ['replaced.txt', 'removed.txt', TRUNCATED, 'forbidden.txt', 'kind.txt'])
      this.replace(name)
    this.replace('folder/inside.txt')
    this.replace('target.txt')
    this.replace(PACKED)
    symlinkSync('target.txt', this.resolve('link.txt'))
  }

  resolve(name: string): string {
    return join(this.#root, 'changing', name)
  }

  /** Puts the next version in its place, whole; gives its length in bytes. */
  replace(name: string): number {
    const replaced = this.#replaced.get(name) ?? []
    const content = textOfVersion(name, replaced.length + 1)
    const temporary = `${this.resolve(name)}.new`
    writeFileSync(temporary, content)
    renameSync(temporary, this.resolve(name))
    replaced.push(Number.POSITIVE_INFINITY)
    if (replaced.length > 1) replaced[replaced.length - 2] = this.#world.now
    this.#replaced.set(name, replaced)
    return content.length
  }

  /** The content of the latest version. */
  contentOf(name: string): Buffer {
    return textOfVersion(name, this.#replaced.get(name)?.length ?? 0)
  }

  linkTo(target: 'inside' | 'outside' | 'nowhere'): void {
    const targets = { inside: 'target.txt', outside: this.#outside, nowhere: 'nowhere.txt' }
    symlinkSync(targets[target], this.resolve('link.new'))
    renameSync(this.resolve('link.new'), this.resolve('link.txt'))
  }

  /**
   * Whether an answer can have been right at some time since it was asked for: what is wrong with it, or undefined.
   *
   * @param askedAt On the clock of the world.
   */
  check(path: string, { status, fields, body }: Response, askedAt: number): string | undefined {
    if (body.includes(SECRET)) return 'What lies outside DocumentRoot was sent'
    // Links may lead nowhere, files may be gone, or be folders or closed for a moment.
    if (![200, 301, 403, 404, 503].includes(status)) return `Expected no status ${status}`
    if (status !== 200 || path === '/listed/') return undefined
    const plain = unpack(fields.get('content-encoding'), body)
    if (plain === undefined) return 'The body cannot be unpacked'
    const [, name = '', digits] = /^(\S+) version (\d+) line 0 /.exec(plain.toString('latin1', 0, LINE)) ?? []
    const expected = path === '/changing/link.txt' ? 'target.txt' : path.slice('/changing/'.length)
    if (name !== expected) {
      const isEmptied =
        expected === TRUNCATED &&
        plain.length < LINE &&
        TRUNCATED.startsWith(plain.toString('latin1', 0, TRUNCATED.length))
      return isEmptied
        ? undefined
        : `The body is none of the versions: ${JSON.stringify(plain.toString('latin1', 0, LINE))}`
    }
    const version = Number(digits)
    const content = textOfVersion(name, version)
    const isWhole = plain.equals(content)
    const isPart = name === TRUNCATED && plain.equals(content.subarray(0, plain.length))
    if (!isWhole && !isPart)
      return `The body is not version ${version}: ${plain.length} bytes, not ${content.length}`
    const replacedAt = this.#replaced.get(name)?.[version - 1] ?? Number.POSITIVE_INFINITY
    if (askedAt - replacedAt < LONGEST_STALENESS) return undefined
    return `Version ${version} had been replaced for ${Math.round(askedAt - replacedAt)} ms`
  }
}

/** Undefined when it cannot be unpacked. */
function unpack(coding: string | undefined, body: Buffer): Buffer | undefined {
  if (coding === undefined) return body
  try {
    return coding === 'br' ? brotliDecompressSync(body) : gunzipSync(body)
  } catch {
    return undefined
  }
}

/** What happens to files. */
export function fileFaults(files: ChangingFiles): readonly Fault[] {
  const change = (
    name: string,
    weight: number,
    act: (world: World, dice: Dice) => Promise<void> | void,
  ): Fault => ({
    name,
    weight,
    async run(world, dice) {
      world.record(name)
      await act(world, dice)
    },
  })
  return [
    change('replace a file many times', 3, async (world, dice) => {
      for (let count = dice.integer(1, 20); count > 0; count--) {
        files.replace('replaced.txt')
        await world.pause(dice.integer(0, 50))
      }
    }),
    change('remove a file for a while', 2, async (world, dice) => {
      rmSync(files.resolve('removed.txt'))
      await world.pause(dice.integer(0, 500))
      files.replace('removed.txt')
    }),
    change('cut a file short', 3, async (world, dice) => {
      const length = files.replace(TRUNCATED)
      await world.pause(dice.integer(0, 300))
      truncateSync(files.resolve(TRUNCATED), dice.chance(0.2) ? 0 : dice.integer(0, length))
      await world.pause(dice.integer(0, 300))
      files.replace(TRUNCATED)
    }),
    change('close a file for a while', 2, async (world, dice) => {
      chmodSync(files.resolve('forbidden.txt'), 0)
      await world.pause(dice.integer(0, 500))
      chmodSync(files.resolve('forbidden.txt'), 0o644)
    }),
    change('swap a link', 3, async (world, dice) => {
      for (let count = dice.integer(1, 50); count > 0; count--) {
        files.linkTo(dice.pick(['inside', 'outside', 'nowhere'] as const))
        await world.pause(dice.integer(0, 5))
      }
      files.linkTo('inside')
    }),
    change('let packed forms come and go', 3, async (world, dice) => {
      const path = files.resolve(PACKED)
      const [packed, old] = [gzipSync(files.contentOf(PACKED)), new Date('2001-01-01')]
      for (let count = dice.integer(1, 5); count > 0; count--) {
        const isRight = dice.chance(0.6)
        writeFileSync(`${path}.new`, isRight ? packed : gzipSync(SECRET))
        // One that is older than its file is none of it.
        if (!isRight) utimesSync(`${path}.new`, old, old)
        renameSync(`${path}.new`, `${path}.gz`)
        await world.pause(dice.integer(0, 500))
        if (dice.chance(0.7)) rmSync(`${path}.gz`)
        await world.pause(dice.integer(0, 300))
      }
      rmSync(`${path}.gz`, { force: true })
    }),
    change('replace a folder', 2, async (world, dice) => {
      renameSync(files.resolve('folder'), files.resolve('folder.old'))
      await world.pause(dice.chance(0.5) ? 0 : dice.integer(1, 300))
      mkdirSync(files.resolve('folder'))
      files.replace('folder/inside.txt')
      rmSync(files.resolve('folder.old'), { recursive: true })
    }),
    change('put something else in the place of a file', 2, async (world, dice) => {
      const path = files.resolve('kind.txt')
      rmSync(path)
      const others: readonly (() => void)[] = [
        () => mkdirSync(path),
        () => spawnSync('mkfifo', [path]),
        () => symlinkSync('kind.txt', path),
      ]
      dice.pick(others)()
      await world.pause(dice.integer(0, 500))
      rmSync(path, { recursive: true })
      files.replace('kind.txt')
    }),
    change('fill and empty a folder that is listed', 2, async (world, dice) => {
      const count = dice.integer(1, 300)
      const paths = Array.from({ length: count }, (_, at) => files.resolve(`../listed/file-${at}`))
      for (const path of paths) await writeFile(path, '')
      await world.pause(dice.integer(0, 500))
      for (const path of paths) await rm(path)
    }),
  ]
}
