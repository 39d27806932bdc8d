import assert from 'node:assert/strict'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { OpenFolder } from '../files/open-folder.ts'
import type { ListingOutcome } from './listing.ts'
import { type SharedListing, SharedListings, type SharedOutcome } from './shared-listings.ts'

const page = () => [Buffer.alloc(70_000), Buffer.alloc(30_000)]
const MADE_IN = 3
const smallPage = () => [Buffer.alloc(10_000)]

/** Takes up 300,000 bytes in three bits, and ends with a page of 100,000. */
function* makePage(): Generator<number | undefined, ListingOutcome> {
  for (let bit = 0; bit < MADE_IN; bit++) yield 100_000
  return page()
}

function* makeSmallPage(): Generator<number | undefined, ListingOutcome> {
  yield 60_000
  return smallPage()
}

function* fail(): Generator<number | undefined, ListingOutcome> {
  yield 100_000
  throw new Error('The disk has failed')
}

/** Runs to the end: what has come of it, and in how many bits. */
function finish(making: Generator<undefined, SharedOutcome>): { outcome: SharedOutcome; bits: number } {
  for (let bits = 0; ; bits++) {
    const step = making.next()
    if (step.done === true) return { outcome: step.value, bits }
  }
}

/** A folder that nobody has changed for long, and those who list it. */
function site(maximum?: number) {
  const folder = temporaryFolder()
  const listings = new SharedListings(maximum)
  const now = statSync(folder.path).ctimeMs + 60_000
  const ask = ({ key = '/', make = makePage, at = now } = {}): SharedListing =>
    listings.join(key, new OpenFolder(folder.path, undefined), make, at)
  return { path: folder.path, listings, now, ask, [Symbol.dispose]: folder[Symbol.dispose] }
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}

test('makes a listing once for all who ask for it meanwhile, each doing some of the work', () => {
  using house = site()
  using first = house.ask()
  const making = first.make()
  making.next()
  making.next()
  using second = house.ask()
  assert.deepEqual(finish(second.make()), { outcome: page(), bits: MADE_IN - 1 })
  assert.deepEqual(finish(making), { outcome: page(), bits: 0 })
})

test('takes up the memory of one listing, however many use it, and none when the last has gone', () => {
  using house = site()
  const users = Array.from({ length: 500 }, () => house.ask())
  const makings = users.map(user => user.make())
  for (const making of makings.slice(0, 2)) making.next()
  assert.equal(house.listings.memoryUsed, 200_000)
  for (const making of makings) finish(making)
  assert.equal(house.listings.memoryUsed, 100_000)
  for (const user of users.slice(1)) user[Symbol.dispose]()
  assert.equal(house.listings.memoryUsed, 100_000)
  const { outcome } = finish(users[0]?.make() ?? assert.fail())
  users[0]?.[Symbol.dispose]()
  assert.equal(house.listings.memoryUsed, 0)
  assert.ok(typeof outcome === 'object')
  assert.deepEqual(
    outcome.map(({ buffer }) => buffer.byteLength),
    [0, 0],
    'and it is given back at once',
  )
})

test('takes up no memory for a pause in which none was taken up', () => {
  using house = site()
  using listing = house.ask({
    *make() {
      yield 1000
      for (let pause = 0; pause < 10; pause++) yield undefined
      yield 500
      return page()
    },
  })
  const making = listing.make()
  for (let bit = 0; bit < 12; bit++) making.next()
  assert.equal(house.listings.memoryUsed, 1500)
})

test('makes another listing for another order or another folder', () => {
  using house = site()
  using one = house.ask()
  using other = house.ask({ key: '/?sort=size' })
  assert.notEqual(one, other)
})

test('lets a listing hold for a second, so that the sizes and times in it are not old', () => {
  using house = site()
  using first = house.ask()
  finish(first.make())
  using soon = house.ask({ at: house.now + 999 })
  using later = house.ask({ at: house.now + 1000 })
  assert.equal(soon, first)
  assert.notEqual(later, first)
})

test('shows a name that was added or taken away to whoever asks after that', () => {
  using house = site()
  using before = house.ask()
  writeFileSync(join(house.path, 'new'), '')
  using after = house.ask()
  assert.notEqual(after, before)
})

test('does not share what it has listed while a change could go unnoticed', () => {
  using house = site()
  // In the same tick of the clock a folder can change twice, and its times tell of one change only.
  const at = statSync(house.path).ctimeMs + 100
  using first = house.ask({ at })
  using second = house.ask({ at })
  assert.notEqual(second, first)
})

test('refuses a listing for which there is no room, and makes a small one all the same', () => {
  using house = site(350_000)
  using first = house.ask()
  assert.deepEqual(finish(first.make()).outcome, page())
  using second = house.ask({ key: '/second' })
  assert.equal(finish(second.make()).outcome, 'no room')
  assert.equal(house.listings.memoryUsed, 100_000)

  using crowded = site(50_000)
  using small = crowded.ask({ make: makeSmallPage })
  assert.deepEqual(finish(small.make()).outcome, smallPage())
  using large = crowded.ask({ key: '/large' })
  assert.equal(finish(large.make()).outcome, 'no room')
})

test('closes its folder once it is made, and when all who asked for it have gone before that', () => {
  using house = site()
  const before = openFiles()
  using made = house.ask()
  assert.equal(openFiles(), before + 1)
  finish(made.make())
  assert.equal(openFiles(), before)

  const first = house.ask({ key: '/given-up' })
  const second = house.ask({ key: '/given-up' })
  const making = first.make()
  making.next()
  making[Symbol.dispose]()
  first[Symbol.dispose]()
  assert.equal(openFiles(), before + 1)
  second[Symbol.dispose]()
  assert.equal(openFiles(), before)
})

test('tells a fault once, fails for all who share the listing, and begins anew for the next', () => {
  using house = site()
  using first = house.ask({ make: fail })
  using second = house.ask({ make: fail })
  const before = openFiles()
  assert.throws(() => finish(first.make()), { message: 'The disk has failed' })
  assert.equal(finish(second.make()).outcome, 'failed')
  assert.equal(openFiles(), before - 1)
  using third = house.ask()
  assert.deepEqual(finish(third.make()).outcome, page())
})
