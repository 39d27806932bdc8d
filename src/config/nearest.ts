/** The candidate that was probably meant by a mistyped word, in any case; undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.min(3, Math.ceil(word.length / 3))
  const ranked = candidates
    .map(candidate => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= limit ? best.candidate : undefined
}

/** Levenshtein's: how many characters must be put in, left out or changed to make one text of the other. */
function editDistance(from: string, to: string): number {
  let distances = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [row, character] of Array.from(from).entries()) {
    const next = [row + 1]
    for (let column = 0; column < to.length; column++) {
      const change = (distances[column] ?? 0) + (to[column] === character ? 0 : 1)
      const leaveOut = (distances[column + 1] ?? 0) + 1
      const putIn = (next[column] ?? 0) + 1
      next.push(Math.min(change, leaveOut, putIn))
    }
    distances = next
  }
  return distances[to.length] ?? 0
}
