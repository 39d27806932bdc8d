/** Where a value lies on an axis, and which values are worth a line. */
export interface Axis {
  at(value: number): number
  readonly ticks: readonly number[]
}

/** From zero to at least the largest value, with lines at round numbers. */
export function linearAxis(largest: number, from: number, to: number): Axis {
  const step = roundStep(largest / 4)
  const end = Math.ceil(largest / step) * step
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, index) => index * step)
  return { at: value => from + (value / end) * (to - from), ticks }
}

/** From one power of ten, or a simple multiple of it, to another. */
export function logarithmicAxis(smallest: number, largest: number, from: number, to: number): Axis {
  const [low, high] = [Math.log10(smallest), Math.log10(largest)]
  const ticks: number[] = []
  for (let power = Math.floor(low); power <= high; power++) {
    for (const multiple of [1, 2, 5]) {
      const tick = multiple * 10 ** power
      if (tick >= smallest && tick <= largest) ticks.push(tick)
    }
  }
  return { at: value => from + ((Math.log10(value) - low) / (high - low)) * (to - from), ticks }
}

/** 1, 2 or 5 times a power of ten, at least so much. */
function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast))
  return ([1, 2, 5].find(multiple => multiple * power >= atLeast) ?? 10) * power
}
