/** A stretch of a request's time, in milliseconds since the first request arrived. */
export interface Stretch {
  readonly state: 'waiting' | 'in service' | 'set aside'
  readonly from: number
  readonly to: number
}

/** A request as a trace tells of it. */
export interface TracedRequest {
  readonly path: string
  readonly arrival: number
  readonly stretches: readonly Stretch[]
}

interface Slice {
  readonly ph: 'X' | 'M'
  readonly name: string
  readonly cat: string
  /** Microseconds. */
  readonly ts: number
  readonly dur: number
  readonly args: { readonly request: number }
}

/** Reads what `webserverctl trace` has written: requests in the order of their arrival. */
export function readTrace(text: string): TracedRequest[] {
  const { traceEvents }: { traceEvents: readonly Slice[] } = JSON.parse(text)
  const slices = traceEvents.filter(({ ph }) => ph === 'X')
  const requests = slices.filter(({ cat }) => cat === 'request').sort((one, other) => one.ts - other.ts)
  const origin = requests[0]?.ts ?? 0
  return requests.map(({ name, ts, args }) => ({
    path: name.split(' ')[1] ?? name,
    arrival: (ts - origin) / 1000,
    stretches: slices
      .filter(slice => isState(slice.cat) && slice.args.request === args.request)
      .map(({ cat, ts, dur }) => ({
        state: cat as Stretch['state'],
        from: (ts - origin) / 1000,
        to: (ts - origin + dur) / 1000,
      }))
      .sort((one, other) => one.from - other.from),
  }))
}

function isState(category: string): boolean {
  return category === 'waiting' || category === 'in service' || category === 'set aside'
}

/** How long a request waited for all its turns together, in milliseconds. */
export function waitOf({ stretches }: TracedRequest): number {
  return stretches
    .filter(({ state }) => state === 'waiting')
    .reduce((sum, { from, to }) => sum + to - from, 0)
}
