/** The value below which a share of the values lies; NaN when there is none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** The middle one, or the mean of the middle two; NaN when there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1)
  return (low + high) / 2
}

/** So seldom the median may lie outside of what is told of it. */
const RISK = 0.05

/**
 * How far apart the values lie between which the median of many more would be, as a share of this one: with 95 % of
 * certainty from six values on, with less from fewer, whatever their distribution. More values bring it down; a single one
 * tells nothing of it.
 */
export function uncertainty(values: readonly number[]): number {
  if (values.length < 2) return Number.POSITIVE_INFINITY
  const sorted = values.toSorted((one, other) => one - other)
  // How likely fewer than so many of them lie below the median.
  let likelihood = 2 ** -sorted.length
  let total = likelihood
  let left = 0
  for (;;) {
    likelihood *= (sorted.length - left) / (left + 1)
    total += likelihood
    if (total > RISK / 2 || left + 1 >= sorted.length / 2) break
    left++
  }
  const [low = Number.NaN, high = Number.NaN] = [sorted[left], sorted[sorted.length - 1 - left]]
  return (high - low) / median(values)
}

/** How far the outermost values lie apart, as a share of the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values)
}
