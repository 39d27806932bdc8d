import { detached } from './byte-string.ts'

/** How many texts are remembered, and of how many bytes each at the most. */
export interface MemoryLimits {
  readonly texts: number
  readonly longest: number
}

/**
 * Wraps a pure function of a byte string so that its latest results are remembered: clients send the same
 * again and again. The results must be immutable.
 */
export function remember<Value extends object>(
  judge: (text: string) => Value,
  { texts, longest }: MemoryLimits,
): (text: string) => Value {
  const known = new Map<string, Remembered<Value>>()
  const look = (text: string): Remembered<Value> | undefined => {
    const remembered = known.get(text)
    if (remembered !== undefined || text.length > longest) return remembered
    // Forgetting only the oldest would cost every look-up the keeping of their order.
    if (known.size === texts) known.clear()
    const kept = detached(text)
    const made = { text: kept, value: judge(kept) }
    known.set(kept, made)
    return made
  }

  // A text that comes twice in a row is found by comparing, which takes less time than hashing.
  let last: Remembered<Value> | undefined
  return text => {
    if (last?.text === text) return last.value
    last = look(text)
    return last === undefined ? judge(text) : last.value
  }
}

interface Remembered<Value> {
  readonly text: string
  readonly value: Value
}
