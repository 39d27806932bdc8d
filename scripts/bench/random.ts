/** Numbers from 0 up to 1 that are the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Draws from 0 up to `count`, each number `n` with a chance that is proportional to 1 / (n + 1). */
export function zipfOrder(count: number, drawn: number, random: () => number): Uint32Array {
  const cumulated = new Float64Array(count)
  let sum = 0
  for (let number = 0; number < count; number++) {
    sum += 1 / (number + 1)
    cumulated[number] = sum
  }
  return Uint32Array.from({ length: drawn }, () => firstAtLeast(cumulated, random() * sum))
}

/** The numbers from 0 up to `count`, each once, in any order. */
export function shuffledOrder(count: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, number) => number)
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const [one = 0, two = 0] = [order[last], order[other]]
    order[last] = two
    order[other] = one
  }
  return order
}

function firstAtLeast(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
