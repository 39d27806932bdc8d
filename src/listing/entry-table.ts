import type { FolderEntry } from '../files/open-folder.ts'
import { decodeUtf8 } from '../text/readable-text.ts'
import { type SortableEntry, sortKeyOf } from './listing-order.ts'

/** Rows and names are kept in blocks, so that a growing table is never copied. */
const ROWS_IN_BLOCK = 256
const NAMES_IN_BLOCK = 16 * 1024
/** Bytes of a row, its place in the order included. */
export const ROW_SIZE = 32

/**
 * The entries of a listing that is being made, as bytes outside V8's heap: as objects they would take several
 * times the memory, and more than that until the next collection.
 */
export class EntryTable implements Disposable {
  readonly #rows: Rows[] = []
  readonly #names: Buffer[] = []
  /** Bytes of the last block of names that are used. */
  #filled = NAMES_IN_BLOCK
  #count = 0

  get count(): number {
    return this.#count
  }

  /** Adds an entry, and returns how many bytes of memory that took. */
  add({ name, type, size, modified }: FolderEntry): number {
    const row = this.#count++ % ROWS_IN_BLOCK
    if (row === 0) this.#rows.push(new Rows())
    const rows = this.#rows.at(-1)
    if (rows === undefined) throw new Error('A table has no block for its next row')
    const key = sortKeyOf(name)
    const ownKey = key === name ? '' : key
    rows.sizes[row] = type === 'folder' ? -1 : size
    rows.times[row] = modified
    rows.places[row] = this.#keep(name + ownKey)
    rows.nameLengths[row] = name.length
    rows.keyLengths[row] = ownKey.length
    return ROW_SIZE + name.length + ownKey.length
  }

  at(index: number): TableEntry {
    const rows = this.#rows[Math.floor(index / ROWS_IN_BLOCK)]
    const row = index % ROWS_IN_BLOCK
    const place = rows?.places[row] ?? 0
    const names = this.#names[Math.floor(place / NAMES_IN_BLOCK)]
    if (rows === undefined || names === undefined) throw new Error(`There is no entry ${index} in the table`)
    return new TableEntry(index, rows, row, names, place % NAMES_IN_BLOCK)
  }

  /** Frees the memory at once, not when V8 finds it. */
  [Symbol.dispose](): void {
    for (const names of this.#names) (names.buffer as ArrayBuffer).transfer(0)
    for (const { memory } of this.#rows) memory.transfer(0)
    this.#names.length = 0
    this.#rows.length = 0
  }

  /** Stores bytes within one block, and returns where. */
  #keep(bytes: string): number {
    if (this.#filled + bytes.length > NAMES_IN_BLOCK) {
      this.#names.push(Buffer.allocUnsafeSlow(NAMES_IN_BLOCK))
      this.#filled = 0
    }
    const block = this.#names.length - 1
    const place = block * NAMES_IN_BLOCK + this.#filled
    this.#filled += this.#names[block]?.write(bytes, this.#filled, 'latin1') ?? 0
    return place
  }
}

class Rows {
  readonly memory = new ArrayBuffer(ROWS_IN_BLOCK * 24)
  /** Sizes in bytes; -1 for a folder. */
  readonly sizes = new Float64Array(this.memory, 0, ROWS_IN_BLOCK)
  readonly times = new Float64Array(this.memory, ROWS_IN_BLOCK * 8, ROWS_IN_BLOCK)
  /** Where the name begins, and its key after it. */
  readonly places = new Uint32Array(this.memory, ROWS_IN_BLOCK * 16, ROWS_IN_BLOCK)
  readonly nameLengths = new Uint16Array(this.memory, ROWS_IN_BLOCK * 20, ROWS_IN_BLOCK)
  /** 0 where the name is its own key. */
  readonly keyLengths = new Uint16Array(this.memory, ROWS_IN_BLOCK * 22, ROWS_IN_BLOCK)
}

/** An entry of a table, valid as long as the table. */
export class TableEntry implements SortableEntry {
  /** Its place in the table. */
  readonly index: number
  readonly type: 'file' | 'folder'
  readonly size: number
  readonly modified: number
  readonly #names: Buffer
  readonly #start: number
  readonly #nameEnd: number
  readonly #keyEnd: number
  #sortKey: string | undefined

  constructor(index: number, rows: Rows, row: number, names: Buffer, start: number) {
    const size = rows.sizes[row] ?? 0
    this.index = index
    this.type = size < 0 ? 'folder' : 'file'
    this.size = Math.max(0, size)
    this.modified = rows.times[row] ?? 0
    this.#names = names
    this.#start = start
    this.#nameEnd = start + (rows.nameLengths[row] ?? 0)
    this.#keyEnd = this.#nameEnd + (rows.keyLengths[row] ?? 0)
  }

  get name(): string {
    return this.#names.toString('latin1', this.#start, this.#nameEnd)
  }

  get sortKey(): string {
    this.#sortKey ??= decodeUtf8(
      this.#nameEnd === this.#keyEnd
        ? this.name
        : this.#names.toString('latin1', this.#nameEnd, this.#keyEnd),
    )
    return this.#sortKey
  }
}
