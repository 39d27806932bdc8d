import { SECTIONS, type SectionName } from '../../src/config/sections.ts'
import { type Block, compactList, example, list } from './page.ts'
import { escapeArgument } from './roff.ts'
import { renderUsage } from './usage.ts'

/** Of every section there is: the compiler names one that is missing. */
const ENTRIES: Readonly<Record<SectionName, readonly string[]>> = {
  VirtualHost: [
    'What holds for one host. Those whose address is the most exact for where a client has come to are asked: an address beats `*`, and then a port beats none. `_default_` is another word for `*`. Among these the one is chosen whose `ServerName` or `ServerAlias` is the name that the client asks for. A whole name beats every one with wildcards, also of an earlier section (Apache takes the first section that matches); of those with wildcards the first in the file counts. Who names none of all is answered by the first section of the address, or refused if `StrictHostCheck` is `On`.',
    'Whoever comes to an address that no section names is answered by the main server: by all that stands outside of sections. A host inherits all of that, and what stands in its section comes on top: lists such as those of `Header` go on, the `Redirect` of the host are asked before those of the server, and a `CustomLog` in the section takes the place of all outside. A host has a `DocumentRoot` of its own, or redirects all of its paths.',
  ],
  Directory: [
    'What holds for a *folder* on the disk and all below it, file or folder, by the path under which it is served: links on the way are not looked through, so a section for what a link leads to says nothing of the link. A relative name begins at `ServerRoot`. With `*`, `?` or `[...]` in it, none of which stands for a slash, it holds for all folders that match, and all below them.',
  ],
  Files: [
    'What holds for files of a name, also with `*`, `?` and `[...]`, wherever they lie; within a `<Directory>`, for those below that. It is the last name of the path that counts, in upper and lower case as it stands, whether there is such a file or not; an index file counts by its own name.',
  ],
  Location: [
    'What holds for a path that clients ask for, decoded, and all below it: `/a` is `/a` and `/a/b`, but not `/ab`; `/a/` is not `/a`. With `*`, `?` or `[...]` it is the whole path that must match, and none of these stands for a slash: `/a*` is not `/a/b`.',
  ],
  DirectoryMatch: [
    'The same for every path on the disk in which a regular *expression* is found. The expressions are those of RE2, which are those of Perl without what could make them run long: no references back, no looking around. They are found anywhere, unless `^` and `$` bind them to an end. `<Directory ~ expression>` is another way to write it; so for the next two.',
  ],
  FilesMatch: ['The same as `<Files>` for every file name in which an expression is found.'],
  LocationMatch: ['The same as `<Location>` for every path in which an expression is found.'],
  RequireAny: [
    'Requirements of which any suffices, as it is of `Require` lines that stand together. Each of these sections may stand wherever `Require` may, and in each other.',
  ],
  RequireAll: [
    'Requirements that must all be met. Where one is not that nobody could meet by a password, nobody is asked for one. A `Require not` and a `<RequireNone>` stand here, beside what grants something. One that keeps users out needs a line beside it that asks who they are, such as `Require valid-user`; where Apache would let everybody in unasked, the configuration is refused.',
  ],
  RequireNone: ['Requirements of which none may be met.'],
}

/** Which section has the last word. */
const ORDER: readonly Block[] = [
  'Where several sections hold for a path, all of them do, one after another, and what comes later has the last word where they decide the same. The order is that of Apache:',
  compactList([
    ['1.', 'what stands outside of sections, then what stands in the `<VirtualHost>`;'],
    ['2.', '`<Directory>`, from the top of the disk down to the file, then `<DirectoryMatch>`;'],
    ['3.', '`<Files>` and `<FilesMatch>`, those within a `<Directory>` after the others;'],
    ['4.', '`<Location>` and `<LocationMatch>`.'],
  ]),
  'Within each of these the sections of the server come before those of the host, and otherwise the order of the file counts: the later `<Location>`, not the longer. So with the sections below `/img/logo.svg` may be kept for a year, whatever is said of `/srv/www/img`, and `/img/new/` is not listed; `webserver --check -v` shows the order for each host:',
  example(
    '<Location /img>',
    '    ExpiresDefault 365d',
    '</Location>',
    '<Directory /srv/www/img>',
    '    ExpiresDefault 1h',
    '    Options +Indexes',
    '    <Files *.html>',
    '        ExpiresDefault off',
    '    </Files>',
    '</Directory>',
    '<Directory /srv/www/img/new>',
    '    Options -Indexes',
    '</Directory>',
  ),
  'Whether links are followed is of the disk: `FollowSymLinks` counts in `<Directory>` alone. An error page is found and described by the sections of its own path, while the fields of `Header` are those of the path that was asked for.',
]

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

/** A password for all but those of a network, and some who are kept out. */
export const MEMBERS_EXAMPLE: readonly string[] = [
  'AuthType Basic',
  'AuthName "Members only"',
  'AuthUserFile /etc/webserver/users',
  'AuthGroupFile /etc/webserver/groups',
  'Require ip 192.0.2.0/24',
  '<RequireAll>',
  '    Require valid-user',
  '    Require not group former',
  '</RequireAll>',
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
  ...ORDER,
  'The tags of `<IfModule>` and `<IfDefine>` are left out here, since all there is is built in. `<If>`, `<Limit>` and `<Proxy>` are not known.',
]
