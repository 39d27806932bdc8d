/** So many items are sorted, or merged, between two pauses. */
const BIT = 256

/**
 * Sorts as Array.prototype.sort does, pausing often enough that other work can be done meanwhile: short runs
 * are sorted, then merged two by two.
 */
export function* sortGradually<Item extends object>(
  items: readonly Item[],
  compare: (one: Item, other: Item) => number,
): Generator<undefined, readonly Item[]> {
  let runs: Item[][] = []
  for (let start = 0; start < items.length; start += BIT) {
    runs.push(items.slice(start, start + BIT).sort(compare))
    yield
  }
  while (runs.length > 1) {
    const longer: Item[][] = []
    for (let index = 0; index < runs.length; index += 2) {
      longer.push(yield* merge(runs[index] ?? [], runs[index + 1] ?? [], compare))
    }
    runs = longer
  }
  return runs[0] ?? []
}

function* merge<Item extends object>(
  left: Item[],
  right: readonly Item[],
  compare: (one: Item, other: Item) => number,
): Generator<undefined, Item[]> {
  if (right.length === 0) return left
  const merged: Item[] = []
  let fromLeft = 0
  let fromRight = 0
  while (merged.length < left.length + right.length) {
    const one = left[fromLeft]
    const other = right[fromRight]
    if (one !== undefined && (other === undefined || compare(one, other) <= 0)) {
      merged.push(one)
      fromLeft++
    } else if (other !== undefined) {
      merged.push(other)
      fromRight++
    }
    if (merged.length % BIT === 0) yield
  }
  return merged
}
