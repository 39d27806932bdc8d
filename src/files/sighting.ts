/** That something on the disk was seen to be as it is taken to be; whoever sees so again says when. */
export interface Sighting {
  /** Milliseconds since the epoch. */
  at: number
}

/** For so many milliseconds what was seen is taken to be what is there. */
const FRESH_FOR = 100

/**
 * Whether what was seen at that time need not be looked at again. Clocks are set back at times: nothing is known of
 * what will be.
 *
 * @param now Milliseconds since the epoch.
 */
export function isFresh({ at }: Sighting, now: number): boolean {
  return now >= at && now - at < FRESH_FOR
}
