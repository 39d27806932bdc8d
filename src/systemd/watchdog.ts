/**
 * The milliseconds within which systemd must hear from this process again and again, or restarts it;
 * undefined when it does not watch this process. Removes the variables that say so: sd_watchdog_enabled(3).
 */
export function takeWatchdogTimeout(environment: NodeJS.ProcessEnv, pid: number): number | undefined {
  const microseconds = Number(environment['WATCHDOG_USEC'])
  const watched = environment['WATCHDOG_PID'] ?? String(pid)
  for (const variable of ['WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[variable]
  return microseconds > 0 && watched === String(pid) ? microseconds / 1000 : undefined
}
