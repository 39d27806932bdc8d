/** The signals that an operator may send to the daemon. */
const SIGNALS = ['SIGHUP', 'SIGUSR1', 'SIGTERM', 'SIGINT'] as const

type OperatorSignal = (typeof SIGNALS)[number]

/** Signals that came before there were handlers. */
const held = new Set<OperatorSignal>()
let mind: (signal: OperatorSignal) => void = signal => held.add(signal)

function onSignal(signal: NodeJS.Signals): void {
  mind(signal as OperatorSignal)
}

// From here on no signal has its default effect, which is to end the process or to open a debugger.
for (const signal of SIGNALS) process.on(signal, onSignal)

/** Handles signals from now on, and those that have come already, one of each kind. */
export function handleSignals(handlers: Readonly<Record<OperatorSignal, () => void>>): void {
  mind = signal => handlers[signal]()
  for (const signal of held) mind(signal)
  held.clear()
}

/** Restores the default effect of signals, for a run that does not stay. */
export function releaseSignals(): void {
  for (const signal of SIGNALS) process.off(signal, onSignal)
}
