/** Parts of a text, and what stands in their place in another. */
export type Differences = readonly (readonly [before: string, after: string])[]

/** A text with each of these parts replaced; throws an Error unless each is there once. */
export function adapt(name: string, text: string, differences: Differences): string {
  return differences.reduce((before, [part, replacement]) => {
    const parts = before.split(part)
    if (parts.length !== 2)
      throw new Error(`Expected ${JSON.stringify(part)} once in ${name}, found ${parts.length - 1}`)
    return parts.join(replacement)
  }, text)
}
