/** A command that webserverctl carries out by itself, whether or not a daemon runs, and its entry in the manual. */
export interface LocalCommand {
  readonly name: LocalCommandName
  /** As commander declares it, as in `[folder]`. */
  readonly argument: { readonly name: string; readonly summary: string }
  /** One line, for the list of commands. */
  readonly summary: string
  /** A paragraph, for the help of the command. */
  readonly description: string
}

export type LocalCommandName = 'precompress'

/** In the order of the help, behind the commands of the daemon. */
export const LOCAL_COMMANDS: readonly LocalCommand[] = [
  {
    name: 'precompress',
    argument: { name: '[folder]', summary: 'what to precompress; DocumentRoot when not given' },
    summary: 'write compressed copies of files beside them',
    description:
      'Writes name.br, name.zst and name.gz beside each file that gains from it, as small as can be, which the server sends to clients that can unpack them. It needs no running server. Copies that are up to date stay, hidden files and links to the outside are left alone. Ctrl-C ends it, with nothing half done.',
  },
]
