/** What an operator may send to the daemon. */
const SIGNALS = ['SIGHUP', 'SIGUSR1', 'SIGTERM', 'SIGINT'] as const

type OperatorSignal = (typeof SIGNALS)[number]

/** Those that have come before anybody minded them. */
const held = new Set<OperatorSignal>()
let mind: (signal: OperatorSignal) => void = signal => held.add(signal)

function receive(signal: NodeJS.Signals): void {
  mind(signal as OperatorSignal)
}

// From here on none of them does what it does to a process that knows nothing of it: to end it, or to open a debugger.
for (const signal of SIGNALS) process.on(signal, receive)

/** Minds signals from now on, and those that have come already, of each kind one. */
export function mindSignals(handlers: Readonly<Record<OperatorSignal, () => void>>): void {
  mind = signal => handlers[signal]()
  for (const signal of held) mind(signal)
  held.clear()
}

/** Lets signals end the process again: for a program that does not stay. */
export function releaseSignals(): void {
  for (const signal of SIGNALS) process.off(signal, receive)
}
