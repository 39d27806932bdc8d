import type { Directive } from '../../src/config/directive.ts'
import { DIRECTIVES } from '../../src/config/directives.ts'
import { interpret } from '../../src/config/interpret.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { parseSyntax } from '../../src/config/syntax.ts'
import { LOG_ITEMS, type LogItemLetter } from '../../src/config/values/log-format.ts'
import { ENTRIES, GROUPS } from './directives/entries.ts'
import type { Entry } from './directives/entry.ts'
import { type Block, compactList, example, type Item, list, type Page, type Subsection } from './page.ts'
import { escapeArgument } from './roff.ts'
import { HOSTS_EXAMPLE, MEMBERS_EXAMPLE, SECTION_BLOCKS } from './sections.ts'
import { renderUsage } from './usage.ts'

const FILE = '/etc/webserver/webserver.conf'

/** Whole configurations, each with what it is for. */
export const CONFIGURATIONS: readonly (readonly [purpose: string, lines: readonly string[]])[] = [
  [
    'A site on port 80, with a page of its own for what is not found:',
    [
      'Listen 80',
      'DocumentRoot /var/www/html',
      'ErrorDocument 404 /404.html',
      'CustomLog /var/log/webserver/access.log combined',
      'ErrorLog /var/log/webserver/error.log',
      'ControlSocket /run/webserver/webserver.sock',
    ],
  ],
  [
    'The same site over HTTPS, and whoever comes by HTTP sent there:',
    [
      'Listen 80',
      'Listen 443 https',
      'SSLCertificateFile /etc/webserver/fullchain.pem',
      'SSLCertificateKeyFile /etc/webserver/privkey.pem',
      '<VirtualHost *:80>',
      '    Redirect permanent / https://www.example.com/',
      '</VirtualHost>',
      '<VirtualHost *:443>',
      '    ServerName www.example.com',
      '    DocumentRoot /var/www/html',
      '    Header always set Strict-Transport-Security "max-age=31536000"',
      '</VirtualHost>',
    ],
  ],
  [
    'Behind a proxy at 192.0.2.10, which speaks HTTPS with clients and names them in a field, and behind a balancer that sends a PROXY header to a port of its own:',
    [
      'Listen 80',
      'Listen 8080',
      'RemoteIPHeader X-Forwarded-For',
      'RemoteIPTrustedProxy 192.0.2.10',
      '<VirtualHost *:8080>',
      '    DocumentRoot /var/www/html',
      '    RemoteIPProxyProtocol On',
      '    RemoteIPTrustedProxy 192.0.2.20',
      '</VirtualHost>',
    ],
  ],
  [
    'An application of a single page. The names of its assets change with their contents, so that clients may keep them for a year, while the page itself is asked for each time:',
    [
      'FallbackResource /index.html',
      'ExpiresDefault 365d',
      'ExpiresByType text/html 0',
      'Header always set X-Content-Type-Options nosniff',
    ],
  ],
  [
    'Downloads for whoever finds them, listed, with no more than a few at a time for each client:',
    ['Options +Indexes', 'DirectoryIndex disabled', 'MaxConnectionsPerAddress 8'],
  ],
  ['Two hosts, each with its own files and log:', HOSTS_EXAMPLE],
  ['Members only, and everybody in the house:', MEMBERS_EXAMPLE],
  [
    'Two logs, one for tools that analyse them and one for finding out who waited; both are kept for 90 days:',
    [
      'LogFormat "%t %a \\"%r\\" %>s %{wait}x us in %{turns}x turns" waits',
      'CustomLog /var/log/webserver/access.log combined',
      'CustomLog /var/log/webserver/waits.log waits',
      'LogKeep 90 days',
    ],
  ],
]

/** What is often written, and what to write instead. */
export const MISTAKES: readonly (readonly [line: string, advice: string])[] = [
  ['Lissen 80', 'There is no such directive.'],
  [
    'KeepAliveTimeout 5 seconds',
    'A duration is one word: `5s`. The usage of the directive ends the message.',
  ],
  [
    'MaxWait 20sec',
    'The units are those of `VALUES AND UNITS`, and what can be given stands in parentheses.',
  ],
  ['Options +Indexes # for now', 'A comment has a line of its own.'],
  [
    'ErrorDocument 404 Not found',
    'A text stands in quotes. A word without them might be a path that lacks its slash.',
  ],
  ['Listen localhost:8080', 'Write the address, `127.0.0.1:8080` or `[::1]:8080`.'],
  [
    'AddType text/plain .log\nAddType text/x-log .log',
    'Two lines decide the same thing. Both are named by their places.',
  ],
  ['<VirtualHost *:80>', 'Each section needs its closing tag.'],
]

/** webserver.conf(5): the language of the configuration, and all that is said in it. */
export function webserverConfPage(): Page {
  return {
    name: 'webserver.conf',
    section: 5,
    description: 'configuration of webserver',
    sections: [
      { title: 'DESCRIPTION', blocks: DESCRIPTION },
      { title: 'SYNTAX', blocks: SYNTAX },
      { title: 'VALUES AND UNITS', blocks: VALUES },
      { title: 'HOSTS AND SECTIONS', blocks: SECTION_BLOCKS },
      { title: 'DIRECTIVES', blocks: [DIRECTIVES_NOTE, ...GROUPS.map(groupBlock)] },
      { title: 'LOG FORMATS', blocks: [...LOG_LANGUAGE, logItems(), ...BUILT_IN_FORMATS] },
      { title: 'FILES', blocks: FILES },
      {
        title: 'EXAMPLES',
        blocks: CONFIGURATIONS.flatMap(([purpose, lines]) => [purpose, example(...lines)]),
      },
      { title: 'DIAGNOSTICS', blocks: diagnostics() },
      {
        title: 'SEE ALSO',
        blocks: ['`gzip(1)`, `webserverctl(1)`, `systemd.socket(5)`, `logrotate(8)`, `webserver(8)`'],
      },
      { title: 'CAVEATS', blocks: CAVEATS },
    ],
  }
}

const DESCRIPTION: readonly Block[] = [
  `This file says what \`webserver(8)\` serves, and how. The server reads \`${FILE}\`, or the file named with \`--config\`. The language is that of Apache, and directives with a name of Apache's mean what they mean there.`,
  'After a change, look for mistakes, as the user of the server, and put it in force without interrupting anybody:',
  example('webserver --check', 'webserverctl reload'),
  'A reload takes the whole file, or nothing of it: with a single mistake the old configuration stays in force, and every mistake is shown with its place. Requests end under the configuration under which they began; on connections that are open the new one holds from the next request on.',
  'Only `Listen` must be given; all other directives have a default. `webserver --directives` prints them all.',
]

const SYNTAX: readonly Block[] = [
  'A directive stands on one line: its name, in upper or lower case, and its arguments, separated by blanks. Empty lines mean nothing, nor do lines that begin with `#`. A comment behind a directive is a mistake.',
  'A backslash at the very end of a line continues it with the next, also in a comment.',
  'An argument with blanks in it, and one that begins with `#`, stands in double or single quotes. Between them a backslash takes the meaning from a quote of the same kind. Everywhere two backslashes stand for one; before any other character a backslash stands for itself.',
  example(
    '# The next two lines are one.',
    'CustomLog /var/log/webserver/access.log \\',
    '    "%h %t \\"%r\\" %>s %b"',
  ),
  'The file is text in UTF-8. Directives may stand in sections: see `HOSTS AND SECTIONS`.',
  'The order of directives means nothing, except among `Header` and among `Redirect`. A directive may be given once in each section and once outside, unless it is said below that it may be repeated. Two lines that decide the same thing, such as two types for one extension, are a mistake.',
]

const VALUES: readonly Block[] = [
  compactList([
    ['*duration*', 'A whole number with a unit: `ms`, `s`, `min`, `h` or `d`; without a unit it is seconds.'],
    [
      '*size*',
      'A whole number of bytes, or with a unit: `K`, `M`, `G` or `T`, each of which may be followed by `B` or `iB`. All are powers of 1024.',
    ],
    ['*number*', 'A whole number in decimal.'],
    [
      '*folder*, *file*',
      'A name on the disk. A relative one begins at `ServerRoot`. Folders of logs and of sockets are made when they are missing, `DocumentRoot` is not.',
    ],
    [
      '*path*',
      'What a client asks for: it begins with a slash, at `DocumentRoot`. It has no query, and nothing in it is percent-encoded.',
    ],
    ['*extension*', 'The end of a file name, with or without its dot, in upper or lower case.'],
  ]),
  'Units and keywords, such as `On` and `off`, may be in upper or lower case.',
]

const DIRECTIVES_NOTE =
  'Words that stand out are typed as they are, *others* stand for values. Brackets enclose what may be left out, bars separate alternatives, and three dots follow what may be given several times on the line.'

function groupBlock({ title, entries }: (typeof GROUPS)[number]): Subsection {
  const items = Object.keys(entries).map(name => {
    const directive = DIRECTIVES.find(row => row.name === name)
    if (directive === undefined)
      throw new Error(`Expected a directive, got an entry of the manual for ${name}`)
    return directiveItem(directive, ENTRIES[directive.name])
  })
  return { kind: 'subsection', title, blocks: [list(items)] }
}

function directiveItem(directive: Directive, { text, examples }: Entry): Item {
  const facts = factsOf(directive)
  return {
    head: { macros: `Ic ${escapeArgument(directive.name)} ${renderUsage(directive.usage)}` },
    blocks: [
      ...text,
      ...(facts === '' ? [] : [facts]),
      ...(examples === undefined ? [] : [example(...examples)]),
    ],
  }
}

/** What the table knows: the default, the values that are taken, and whether it may be given again. */
function factsOf(directive: Directive): string {
  const range = rangeOf(directive)
  const facts = [
    ...(directive.default === undefined
      ? []
      : [`Default: \`${directive.default}\`${REMARKS[directive.repeat]}.`]),
    ...(range === undefined ? [] : [`Values: \`${range.least}\` to \`${range.most}\`.`]),
    ...(directive.repeat.startsWith('often') ? ['May be repeated.'] : []),
    ...PLACES[directive.level],
  ]
  return facts.join(' ')
}

/** Where a directive may stand besides outside of sections. */
const PLACES: Readonly<Record<Directive['level'], readonly string[]>> = {
  server: [],
  host: ['Also in `<VirtualHost>`.'],
  folder: ['Also in sections.'],
}

const REMARKS: Readonly<Record<Directive['repeat'], string>> = {
  once: '',
  'once, beside the default': '',
  'often, instead of the default': ', as long as none is given',
  'often, beside the default': ', beside what is given',
}

/** The bounds of a first argument that has some, by what the checker says when it is none. */
function rangeOf(directive: Directive): { readonly least: string; readonly most: string } | undefined {
  if (!/^(?:duration|number|size|status)\b/.test(directive.usage)) return undefined
  const [problem = ''] = problemsOf(`${directive.name} ?`)
  const [, least, most] = /(?:\(| from )(\w+) to (\w+)\b/.exec(problem) ?? []
  return least === undefined || most === undefined ? undefined : { least, most }
}

/** What the checker says of a configuration. */
export function problemsOf(text: string): string[] {
  const { statements, problems } = parseSyntax(text, FILE)
  const interpretation = interpret(statements, { file: FILE, serverRoot: '/', serverName: 'localhost' })
  return [...problems, ...interpretation.problems].map(formatProblem)
}

const LOG_LANGUAGE: readonly Block[] = [
  "A format is the text of a line, in which items that begin with a percent sign stand for what is known of the request. The language is that of Apache's LogFormat, and so are the lines. `\\n`, `\\t`, `\\r` and `\\\\` stand for a line feed, a tab, a carriage return and a backslash, and `%%` for a percent sign.",
  'What an item has nothing to say of is written as `-`. No value can end a line or close a quote: in values a double quote and a backslash have a backslash before them, and all bytes that are not printable ASCII are written as `\\n`, `\\t` and so on, or as `\\xhh`.',
  'Between the percent sign and the letter may stand statuses: `%400,501{User-Agent}i` logs the field for these alone, `%!200,304{Referer}i` for all others. `<` and `>` are accepted, as in `%>s`, and change nothing, since a request has but one status here.',
]

/** What the one line of help leaves open. */
const LOG_ITEM_DETAILS: Readonly<Partial<Record<LogItemLetter, string>>> = {
  B: '0 for none.',
  D: 'From the moment the request had arrived until the kernel had taken the last byte of the response.',
  e: 'As it was when the log was opened.',
  o: 'Of Content-Type without parameters, as Apache logs it.',
  P: 'With `hextid` in hexadecimal.',
  s: '499 when the client had gone before anything was decided.',
  t: 'Without a format as in `[22/Nov/2026:20:54:18 +0000]`. Times are local, names are English.',
  T: 'Whole ones.',
  V: 'The `ServerName` when it named none.',
}

function logItems(): Block {
  return compactList(
    Object.entries(LOG_ITEMS).map(([letter, { usage, help }]) => {
      const head = usage
        .split(', ')
        .map(form => `\`${form}\``)
        .join(', ')
      const details = LOG_ITEM_DETAILS[letter as LogItemLetter]
      return [head, `${help}.${details === undefined ? '' : ` ${details}`}`]
    }),
  )
}

/** The formats that have a name without a LogFormat, but for json, which is none of this language. */
export const FORMATS: Readonly<Record<string, string>> = {
  common: '%h %l %u %t "%r" %>s %b',
  combined: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
  vhost_combined: '%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"',
}

const BUILT_IN_FORMATS: readonly Block[] = [
  'These formats have a name without a `LogFormat`:',
  compactList([
    ...Object.entries(FORMATS).map(([name, format]) => [`\`${name}\``, `\`${format}\``] as const),
    [
      '`json`',
      'One JSON object a line, in ASCII, with the members time, remote, host, request, method, path, query, protocol, status, bytes, bytes_received, bytes_sent, duration_us, wait_us, turns, connection, referer and user_agent. None is ever missing; what there is not is null.',
    ],
  ]),
]

const FILES: readonly Block[] = [
  compactList([
    [`\`${FILE}\``, 'The configuration that holds when none is named.'],
    ['`/etc/webserver/conf.d/*.conf`', 'What the configuration of an installation includes.'],
    ['`/var/www/html`', 'What an installation serves.'],
    ['`/var/log/webserver/access.log`', 'Every request, in an installation.'],
    ['`/var/log/webserver/error.log`', 'What the server reports on itself, in an installation.'],
    ['`/run/webserver/webserver.sock`', 'The control socket of an installation.'],
  ]),
]

function diagnostics(): Block[] {
  return [
    'A mistake is told with its file, line and column. These are often made:',
    list(
      MISTAKES.map(([line, advice]) => ({
        head: { macros: `Li ${problemsOf(line).join(' ').split(' ').map(escapeArgument).join(' ')}` },
        blocks: [advice],
      })),
    ),
  ]
}

const CAVEATS: readonly Block[] = [
  '`webserver --check` looks at the disk with the eyes of whoever runs it. Root may write where the server may not.',
  'Without absolute names a configuration in `/etc/webserver` would serve `/etc/webserver/var/www` and log to `/etc/webserver/var/log`: name `DocumentRoot`, `CustomLog`, `ErrorLog` and `ControlSocket`, or `ServerRoot`.',
]
