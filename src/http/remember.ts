import { detached } from './byte-string.ts'

/** How many texts are remembered, and of how many bytes each at the most. */
export interface MemoryLimits {
  readonly texts: number
  readonly longest: number
}

/**
 * The same function of a byte string, which remembers what it has made of the latest ones: clients say the same
 * again and again. It has to be pure, and what it makes immutable.
 */
export function remember<Value extends object>(
  judge: (text: string) => Value,
  { texts, longest }: MemoryLimits,
): (text: string) => Value {
  const known = new Map<string, Remembered<Value>>()
  const look = (text: string): Remembered<Value> | undefined => {
    const remembered = known.get(text)
    if (remembered !== undefined || text.length > longest) return remembered
    // To forget the oldest only would cost every look-up the keeping of their order.
    if (known.size === texts) known.clear()
    const kept = detached(text)
    const made = { text: kept, value: judge(kept) }
    known.set(kept, made)
    return made
  }

  // What is said twice in a row is found without hashing it, which takes longer than comparing.
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
