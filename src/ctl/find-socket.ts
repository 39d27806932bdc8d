import { resolve } from 'node:path'
import { interpret } from '../config/interpret.ts'
import { defaultConfigFile, defaultServerRoot, loadConfig, readSyntax } from '../config/load.ts'
import { ConfigError } from '../config/problem.ts'
import type { Statement } from '../config/statement.ts'
import type { DaemonChoice } from './program.ts'

export type FoundSocket =
  | { readonly kind: 'found'; readonly path: string }
  /** From a configuration that cannot be loaded: only the directives that decide the socket were read. */
  | { readonly kind: 'guessed'; readonly path: string; readonly file: string }
  | { readonly kind: 'lost'; readonly problem: string }

export type UsableSocket = Exclude<FoundSocket, { readonly kind: 'lost' }>

/**
 * Finds the control socket: the one that was named, or that of the configuration.
 *
 * Whoever may use the socket may be unable to load the configuration, because it has mistakes that `reload`
 * is to show, or names files that only the daemon may read. Neither must keep them from the daemon.
 */
export function findControlSocket({ socket, config, instance }: DaemonChoice): FoundSocket {
  if (socket !== undefined) return { kind: 'found', path: resolve(socket) }

  const file = resolve(config ?? defaultConfigFile())
  try {
    return { kind: 'found', path: loadConfig(file, instance).controlSocket }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return guessControlSocket(file, instance, error)
  }
}

function guessControlSocket(file: string, instance: string | undefined, refusal: ConfigError): FoundSocket {
  const lost: FoundSocket = {
    kind: 'lost',
    problem: `${refusal.message}\nName the control socket with --socket PATH`,
  }
  const syntax = readSyntax(file)
  if (typeof syntax === 'string') return lost

  const statements = syntax.statements.filter(decidesSocket)
  const which = instance === undefined ? {} : { instance }
  const surroundings = { file, ...which, serverRoot: defaultServerRoot(file), serverName: '' }
  const { config, problems } = interpret(statements, surroundings)
  return problems.length > 0 ? lost : { kind: 'guessed', path: config.controlSocket, file }
}

function decidesSocket({ name }: Statement): boolean {
  return ['serverroot', 'controlsocket'].includes(name.text.toLowerCase())
}
