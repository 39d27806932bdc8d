import type { CommandOption } from './commands.ts'

/** A command that webserverctl carries out by itself, whether or not a daemon runs, and its entry in the manual. */
export interface LocalCommand {
  readonly name: LocalCommandName
  /** As commander declares them, as in `[folder]`. */
  readonly arguments: readonly { readonly name: string; readonly summary: string }[]
  readonly options: readonly CommandOption[]
  /** One line, for the list of commands. */
  readonly summary: string
  /** A paragraph, for the help of the command. */
  readonly description: string
}

export type LocalCommandName = 'precompress' | 'password' | 'certificate'

/** In the order of the help, behind the commands of the daemon. */
export const LOCAL_COMMANDS: readonly LocalCommand[] = [
  {
    name: 'precompress',
    arguments: [{ name: '[folder]', summary: 'what to precompress; DocumentRoot when not given' }],
    options: [],
    summary: 'write compressed copies of files beside them',
    description:
      'Writes name.br, name.zst and name.gz beside each file that gains from it, as small as can be, which the server sends to clients that can unpack them. It needs no running server. Copies that are up to date stay, hidden files and links to the outside are left alone. Ctrl-C ends it, with nothing half done.',
  },
  {
    name: 'password',
    arguments: [
      { name: '<file>', summary: 'file of users, as AuthUserFile names it; made when there is none' },
      { name: '<user>', summary: 'name of the user' },
    ],
    options: [
      { flags: '--delete', summary: 'delete the user instead', conflicts: 'verify' },
      { flags: '--verify', summary: 'say whether a password is right instead' },
    ],
    summary: 'set the password of a user in a file',
    description:
      'Asks for a password twice, without showing it, and writes its bcrypt hash into the file, for a new user or in place of what was there. From what is no terminal it reads one line. The file can also be read and written by the htpasswd of Apache. A running server sees the change within 100 ms.',
  },
  {
    name: 'certificate',
    arguments: [{ name: '<host...>', summary: 'names and addresses of the server' }],
    options: [
      { flags: '--self-signed', summary: 'one that nobody vouches for', required: true },
      { flags: '--folder <folder>', summary: 'where to write it; that of the configuration when not given' },
    ],
    summary: 'make a certificate for trying HTTPS',
    description:
      'Makes a key and a certificate that nobody vouches for, and shows what to write into the configuration. Clients warn of it until they are told to trust it. It needs openssl, and no running server. Files that are there stay.',
  },
]
