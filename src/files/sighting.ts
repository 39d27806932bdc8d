/** When something on the disk was last seen to be as it is taken to be; whoever sees so again updates it. */
export interface Sighting {
  /** Milliseconds since the epoch. */
  at: number
}

/** How long a sighting holds, in milliseconds. */
const FRESH_FOR = 100

/**
 * Whether a sighting still holds. A clock may be set back, and a sighting in the future holds for nothing.
 *
 * @param now Milliseconds since the epoch.
 */
export function isFresh({ at }: Sighting, now: number): boolean {
  return now >= at && now - at < FRESH_FOR
}
