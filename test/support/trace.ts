import type { Daemon } from './daemon.ts'
import { Program, WEBSERVERCTL } from './program.ts'
import { until } from './wait.ts'

/** `webserverctl trace` into a file, once it records; it goes on until SIGINT. */
export async function startTrace(daemon: Daemon, file: string): Promise<Program> {
  await using stack = new AsyncDisposableStack()
  const args = ['--config', daemon.folder.configFile, 'trace', '300', '-o', file]
  const tracing = stack.use(new Program(WEBSERVERCTL, args))
  await until(() => {
    if (tracing.code !== undefined) throw new Error(`The trace has ended: ${tracing.stderr}`)
    return tracing.stderr.startsWith('Recording')
  }, 'a trace to begin')
  stack.move()
  return tracing
}
