/** Items that are sorted or merged between two pauses. */
const BIT = 256

/** An item of a list. */
interface Placed {
  /** Its place in the list. */
  readonly index: number
}

/**
 * Sorts a list as Array.prototype.sort does, pausing often enough that other work can be done meanwhile: short runs are
 * sorted, then merged two by two.
 *
 * @param itemAt Is asked for an item each time it is needed, so that they need not all be in memory.
 * @returns The places of the items, in their order.
 */
export function* sortGradually<Item extends Placed>(
  count: number,
  itemAt: (index: number) => Item,
  compare: (one: Item, other: Item) => number,
): Generator<undefined, Uint32Array> {
  let order = new Uint32Array(count)
  let next = new Uint32Array(count)
  for (let start = 0; start < count; start += BIT) {
    const run = Array.from({ length: Math.min(BIT, count - start) }, (_, index) => itemAt(start + index))
    order.set(
      run.sort(compare).map(({ index }) => index),
      start,
    )
    yield
  }
  for (let length = BIT; length < count; length *= 2) {
    for (let start = 0; start < count; start += 2 * length) {
      const middle = Math.min(start + length, count)
      const end = Math.min(middle + length, count)
      yield* merge(order.subarray(start, middle), order.subarray(middle, end), next.subarray(start, end))
    }
    ;[order, next] = [next, order]
  }
  return order

  function* merge(left: Uint32Array, right: Uint32Array, merged: Uint32Array): Generator<undefined, void> {
    const itemIn = (run: Uint32Array, place: number) => {
      const index = run[place]
      return index === undefined ? undefined : itemAt(index)
    }
    let fromLeft = 0
    let fromRight = 0
    let one = itemIn(left, 0)
    let other = itemIn(right, 0)
    while (one !== undefined || other !== undefined) {
      const at = fromLeft + fromRight
      if (one !== undefined && (other === undefined || compare(one, other) <= 0)) {
        merged[at] = one.index
        one = itemIn(left, ++fromLeft)
      } else if (other !== undefined) {
        merged[at] = other.index
        other = itemIn(right, ++fromRight)
      }
      if (at % BIT === BIT - 1) yield
    }
  }
}
