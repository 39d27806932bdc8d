/**
 * A function that calls an action soon, but no sooner than `interval` milliseconds after the last time; calls
 * that come meanwhile are one.
 */
export function coalesce(action: () => void, interval: number): () => void {
  let last = Number.NEGATIVE_INFINITY
  let isDue = false
  const act = () => {
    isDue = false
    last = performance.now()
    action()
  }
  return () => {
    if (isDue) return
    isDue = true
    setTimeout(act, Math.max(0, last + interval - performance.now())).unref()
  }
}
