import { SECTIONS, type SectionName } from '../../src/config/sections.ts'
import { type Block, example, list } from './page.ts'
import { escapeArgument } from './roff.ts'
import { renderUsage } from './usage.ts'

/** Of every section there is: the compiler names one that is missing. */
const ENTRIES: Readonly<Record<SectionName, readonly string[]>> = {
  VirtualHost: [
    'What holds for one host. Those whose address is the most exact for where a client has come to are asked: an address beats `*`, and then a port beats none. `_default_` is another word for `*`. Among these the one is chosen whose `ServerName` or `ServerAlias` is the name that the client asks for. A whole name beats every one with wildcards, also of an earlier section (Apache takes the first section that matches); of those with wildcards the first in the file counts. Who names none of all is answered by the first section of the address, or refused if `StrictHostCheck` is `On`.',
    'Whoever comes to an address that no section names is answered by the main server: by all that stands outside of sections. A host inherits all of that, and what stands in its section comes on top: lists such as those of `Header` go on, the `Redirect` of the host are asked before those of the server, and a `CustomLog` in the section takes the place of all outside. A host has a `DocumentRoot` of its own, or redirects all of its paths.',
  ],
}

/** Two hosts, and a name that leads to one of them. */
export const HOSTS_EXAMPLE: readonly string[] = [
  '<VirtualHost *:80>',
  '    ServerName www.example.com',
  '    DocumentRoot /srv/example/www',
  '    CustomLog /var/log/webserver/example.log combined',
  '</VirtualHost>',
  '<VirtualHost *:80>',
  '    ServerName example.com',
  '    Redirect permanent / https://www.example.com/',
  '</VirtualHost>',
]

/** What webserver.conf(5) says of sections. */
export const SECTION_BLOCKS: readonly Block[] = [
  'A section stands between two lines, its tags, and what is in it holds for a part of what is served. Each tag has a line of its own. Each directive says where it may stand; those that say nothing stand outside of sections and hold for the whole server.',
  list(
    SECTIONS.map(({ name, usage }) => ({
      head: { macros: `Ic <${escapeArgument(name)} ${renderUsage(usage)} Ns Ic >` },
      blocks: ENTRIES[name],
    })),
  ),
  'For example:',
  example(...HOSTS_EXAMPLE),
  'The tags of `<IfModule>` and `<IfDefine>` are left out here, since all there is is built in. `<If>`, `<Limit>` and `<Proxy>` are not known.',
]
