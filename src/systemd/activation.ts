/** The descriptor of the first socket that is passed: sd_listen_fds(3). */
const FIRST_DESCRIPTOR = 3

/** Descriptors of the listening sockets that systemd has opened for this process. */
export interface ActivationSockets {
  /** For clients, of TCP. */
  readonly http: readonly number[]
  /** For webserverctl, a Unix socket. */
  readonly control: number | undefined
}

/**
 * The sockets passed to this process, by the names that `FileDescriptorName=` gave them; removes the variables
 * that tell of them.
 *
 * @throws An Error that says what to change in the unit, when they are not such as this server can use.
 */
export function takeActivationSockets(environment: NodeJS.ProcessEnv, pid: number): ActivationSockets {
  const names = isFor(environment, pid) ? namesIn(environment) : []
  for (const variable of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete environment[variable]

  const stranger = names.find(name => name !== 'http' && name !== 'control')
  if (stranger !== undefined) {
    throw new Error(
      `Expected sockets named http or control from systemd, got "${stranger}": ` +
        'write FileDescriptorName=http, or control, into the [Socket] section of its unit',
    )
  }
  const [control, another] = descriptorsOf('control', names)
  if (another !== undefined) {
    throw new Error(
      'Expected one socket named control from systemd, got more: keep one ListenStream= in its unit',
    )
  }
  return { http: descriptorsOf('http', names), control }
}

/** Whether the sockets were passed to this process, and not to one that has started it. */
function isFor(environment: NodeJS.ProcessEnv, pid: number): boolean {
  return environment['LISTEN_PID'] === String(pid)
}

function namesIn(environment: NodeJS.ProcessEnv): string[] {
  const names = environment['LISTEN_FDNAMES']?.split(':') ?? []
  const count = Number(environment['LISTEN_FDS'])
  return Array.from({ length: count }, (_, index) => names[index] ?? 'unknown')
}

function descriptorsOf(wanted: string, names: readonly string[]): number[] {
  return names.flatMap((name, index) => (name === wanted ? [FIRST_DESCRIPTOR + index] : []))
}
