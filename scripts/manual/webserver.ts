import { type Block, compactList, example, list, type Page } from './page.ts'

/** Every option with its argument as the help names it, and what it does. */
export const OPTIONS: readonly (readonly [flags: string, text: string])[] = [
  [
    '`--config` *file*',
    'Serves by this configuration instead of `/etc/webserver/webserver.conf`. A reload reads the same file again.',
  ],
  [
    '`--instance` *name*',
    'Says which one of several servers with that configuration it is: see SEVERAL INSTANCES. The name is made of letters, digits and `_`.',
  ],
  [
    '`--check`',
    'Says whether the configuration is right, and exits. Every mistake is shown at once, with file, line and column. It looks whether the folders, files, sockets and addresses that are named can be used by whoever runs this, and changes nothing. A warning, such as that of an ErrorDocument which is not there, does not change the exit code; the server tells it in its error log, and `webserverctl reload` too.',
  ],
  [
    '`-v`, `--verbose`',
    'With `--check` shows also which host answers at which address and by which names, where its files lie, and which sections may hold for them, in the order in which they are merged: the last that decides something has the last word.',
  ],
  ['`--directives`', 'Shows every directive with its default, as a configuration in comments, and exits.'],
  ['`-V`, `--version`', 'Shows the version, and that of the Node.js it runs on, and exits.'],
  ['`-h`, `--help`', 'Shows a summary of the options, and exits.'],
]

/** webserver(8): the daemon, for whoever runs it. */
export function webserverPage(): Page {
  return {
    name: 'webserver',
    section: 8,
    description: 'serve files over HTTP, one request at a time',
    sections: [
      { title: 'SYNOPSIS', blocks: SYNOPSIS },
      { title: 'DESCRIPTION', blocks: [...DESCRIPTION, compactList(OPTIONS)] },
      { title: 'ONE AT A TIME', blocks: TURN },
      { title: 'SIGNALS', blocks: SIGNALS },
      { title: 'RUNNING UNDER SYSTEMD', blocks: SYSTEMD },
      { title: 'SEVERAL INSTANCES', blocks: INSTANCES },
      { title: 'ENVIRONMENT', blocks: ENVIRONMENT },
      { title: 'FILES', blocks: FILES },
      { title: 'EXIT STATUS', blocks: EXIT_STATUS },
      { title: 'EXAMPLES', blocks: EXAMPLES },
      { title: 'DIAGNOSTICS', blocks: DIAGNOSTICS },
      { title: 'SEE ALSO', blocks: SEE_ALSO },
      { title: 'STANDARDS', blocks: STANDARDS },
      { title: 'CAVEATS', blocks: CAVEATS },
      { title: 'SECURITY CONSIDERATIONS', blocks: SECURITY },
    ],
  }
}

const SYNOPSIS: readonly Block[] = [
  {
    kind: 'source',
    lines: [
      '.Nm',
      '.Op Fl \\-config Ar file',
      '.Op Fl \\-instance Ar name',
      '.Nm',
      '.Fl \\-check',
      '.Op Fl v',
      '.Op Fl \\-config Ar file',
      '.Op Fl \\-instance Ar name',
      '.Nm',
      '.Fl \\-directives',
    ],
  },
]

const DESCRIPTION: readonly Block[] = [
  'The server sends the files of a folder to whoever asks for them by HTTP/1.1 or HTTP/1.0. What it serves, and how, is said in `webserver.conf(5)`; a running server is operated with `webserverctl(1)`.',
  'It stays in the foreground until it is told to stop: a service manager such as `systemd(1)` keeps it running. When it is started by hand, it says where to browse, where its logs are, and how to talk to it. What goes wrong after that is told on standard error and in the error log.',
  'GET, HEAD and OPTIONS are answered, with conditions and with ranges. Files are sent compressed to clients that can unpack them, when they have been compressed before or when there was time to do so. Names that begin with a dot are not found, and nothing outside `DocumentRoot` is served.',
  'The options are as follows:',
]

const TURN: readonly Block[] = [
  'At any moment at most one request is in service. Requests are read whenever their bytes arrive, wait for their turn in the order in which they are complete, and are answered one after another, each from start to finish.',
  'There is one exception. While a response waits for its client to take what was sent, and another request has waited for longer than `MaxWait`, 20 ms by default, the response is set aside. It goes on at the end of the queue, with what its client has room for by then. A connection whose slowness has cost the others one `MaxWait` is never waited for again while others want the turn. So a client that reads slowly, or not at all, cannot hold up the others, however many there are of its kind.',
  '`webserverctl turns` shows who has the turn and who waits; `%{wait}x` in an access log is what each request has waited.',
]

const SIGNALS: readonly Block[] = [
  list([
    {
      head: '`SIGHUP`',
      blocks: [
        'Reads the configuration again and puts it in force, if there is no mistake in it; what came of it stands in the error log. `webserverctl reload` does the same and shows the mistakes.',
      ],
    },
    {
      head: '`SIGUSR1`',
      blocks: ['Closes the log files and opens them again by their names, as `webserverctl reopen` does.'],
    },
    {
      head: '`SIGTERM`, `SIGINT`',
      blocks: [
        'Stops: no more connections are accepted, requests that have arrived are answered, and so is the first one of a client that has connected within the last second; then the server exits with status 0. What is not finished after 10 seconds is broken off. A second signal breaks off at once whatever is under way, and a third ends the process without further ado. Signals within a fifth of a second count as one.',
      ],
    },
  ]),
  'What comes while the server starts is done as soon as it is up, of each kind once. In the first hundredths of a second, before any of its own code runs, a signal may still end it, as it would any process. No signal opens the debugger of the runtime inside, and no variable does.',
]

const INSTANCES: readonly Block[] = [
  'One server uses one processor. Where that is not enough, several run beside each other with one configuration and at the same port, each of them serving one request at a time. Each bears a name, which stands in its status, in the first line that it writes into its error log, and before the ending of every file and socket that it makes: `access.log` and `webserver.sock` of the configuration are `access-1.log` and `webserver-1.sock` of instance 1. Each has limits, a `FileCacheSize` and a `MaxConnections` of its own.',
  'The unit for them is `webserver@.service`, and `webserver.target` is for all of them. This has four in place of the one:',
  example(
    'systemctl disable --now webserver',
    'systemctl enable --now webserver.target webserver@{1..4}',
    'webserverctl --all status',
    'webserverctl --all reload',
  ),
  'The kernel gives each new connection to one of them (`SO_REUSEPORT` of `socket(7)`). A server of another user cannot have the port then, nor can one without a name. One that stops accepts whoever has come to it before it goes, so no request is lost when they are restarted one after the other:',
  example('for i in 1 2 3 4; do systemctl restart webserver@$i || break; done'),
  'Some who connect while one stops, which takes a second, are heard only when their machine has asked again, a second or, seldom, three later.',
]

const SYSTEMD: readonly Block[] = [
  'The unit `webserver.service` runs the server as the user and group `webserver`. Port 80 is opened by the capability `CAP_NET_BIND_SERVICE`, the only one it has. It may write below `/var/log/webserver` and `/run/webserver` and nowhere else, and sees nothing of the folders below /home. Whatever of this is in the way is changed for good by `systemctl edit webserver`, for instance with `ReadWritePaths` or `ProtectHome`.',
  example('systemctl enable --now webserver', 'systemctl reload webserver', 'journalctl -u webserver'),
  'A configuration with mistakes keeps it from starting, and a reload that is refused fails and changes nothing: `systemctl status webserver` shows what is wrong. Of a running server it shows in a line where it listens and what it has served. When it is told to stop, requests that have arrived are finished first.',
  'The unit restarts a server that has failed, or that for 30 seconds has given no sign of life (`WatchdogSec`). The server gives none while it is blocked, nor when a request has waited in vain for 10 seconds more than `MaxWait`. With `MaxWait off` a client may hold the turn for long, and only a server that is blocked is found.',
  'The unit sets no limit to its memory. A `MemoryMax` must have room for 220 MiB, `FileCacheSize`, 128 MiB where folders are listed, and 800 KiB for each of `MaxConnections`: with the defaults 1276 MiB. Pages of files that were read fill what is left of it, and are given up when anything else wants the room. With less than that clients can have the server killed.',
  'With `webserver.socket` it is systemd who opens the port. While the server is restarted, clients wait instead of being refused, and it can do without any capability, as `/usr/share/doc/webserver/examples/no-capability.conf` says. The address is then that of the unit, and `Listen` has no effect. `webserver-control.socket` does the same for the control socket. They are used from the next start on:',
  example('systemctl stop webserver', 'systemctl enable --now webserver.socket', 'systemctl start webserver'),
  'In units of your own the sockets are told apart by `FileDescriptorName`: `http` for clients, of which there may be several, and `control`, whose path must be that of `ControlSocket`.',
  'With `ErrorLog journal`, and whenever standard error is the journal, messages carry the priority by which `journalctl -p warning` selects.',
]

const ENVIRONMENT: readonly Block[] = [
  compactList([
    ['`LISTEN_FDS`, `LISTEN_FDNAMES`, `LISTEN_PID`', 'The sockets that systemd passes.'],
    ['`NOTIFY_SOCKET`', 'Where systemd is told what the server does.'],
    ['`WATCHDOG_USEC`, `WATCHDOG_PID`', 'How often it must be told that the turn moves.'],
    ['`JOURNAL_STREAM`', 'Tells whether standard error is the journal.'],
    ['`NO_COLOR`', 'If it is set, nothing is coloured on a terminal.'],
    ['`TZ`', 'The time zone of the logs, and of the midnight at which they are rotated.'],
  ]),
  'Any variable can be logged, by `%{name}e` of an access log.',
]

const FILES: readonly Block[] = [
  compactList([
    ['`/etc/webserver/webserver.conf`', 'The configuration, unless another is named.'],
    ['`/var/www/html`', 'The files that an installation serves.'],
    ['`/var/log/webserver/access.log`', 'Every request. Log files have mode 0640.'],
    ['`/var/log/webserver/error.log`', 'What the server reports on itself.'],
    [
      '`/run/webserver/webserver.sock`',
      'The control socket, of mode 0660. The empty file with `.lock` behind this name keeps two servers from using it at once.',
    ],
  ]),
]

const EXIT_STATUS: readonly Block[] = [
  compactList([
    ['0', 'The server was told to stop and has stopped, or the configuration is right.'],
    ['1', 'The configuration has mistakes, or the server could not start.'],
    ['2', 'It was called wrongly.'],
    ['70', 'A fault of the server ended it.'],
  ]),
]

const EXAMPLES: readonly Block[] = [
  'Look for mistakes in a configuration with the eyes of the user who will serve by it:',
  example('runuser -u webserver -- webserver --check'),
  'Serve a folder on port 8080 without being root, from a configuration in the working folder:',
  example(
    "printf '%s\\n' 'Listen 8080' 'DocumentRoot public' \\",
    "    'ControlSocket control.sock' >webserver.conf",
    'webserver --config webserver.conf',
  ),
  'Begin a configuration with every directive as a comment:',
  example('webserver --directives >webserver.conf'),
]

const DIAGNOSTICS: readonly Block[] = [
  'Mistakes in the configuration are explained in `webserver.conf(5)`. When the server cannot start, the message says what to do:',
  list([
    {
      head: '`Cannot listen on *:80: the port is taken by nginx (pid 812)`',
      blocks: [
        'Another server has the port: stop it, or choose another port with `Listen`. Only root is told who it is when it belongs to another user.',
      ],
    },
    {
      head: '`Cannot listen on *:80: ports below 1024 need the capability CAP_NET_BIND_SERVICE`',
      blocks: ['Start it with systemd, which grants the capability, or choose a port from 1024 on.'],
    },
    {
      head: '`Cannot listen on 192.0.2.1:80: this machine does not have that address`',
      blocks: ['`ip address` shows those it has. Under systemd the server tries again for 30 seconds.'],
    },
    {
      head: '`webserver.conf: nothing to listen on`',
      blocks: [
        'There is no `Listen` in the configuration, and systemd has passed no socket. A check asks for one too, unless it is passed a socket itself: where `webserver.socket` is in use `Listen` does no harm.',
      ],
    },
    {
      head: '`Another daemon (pid 1234) answers at "/run/webserver/webserver.sock"`',
      blocks: ['A server with this control socket is running. Stop it, or choose another `ControlSocket`.'],
    },
  ]),
  'These stand in the error log of a running server, the last two once a minute at most:',
  list([
    {
      head: '`Not reloaded: the old configuration stays in force`',
      blocks: ['The lines before it say why.'],
    },
    {
      head: '`Cannot write "...", lines are lost`',
      blocks: [
        'The disk is full, or the file cannot be written. The server serves on, writes again as soon as it can, and says how many lines were lost; so does `webserverctl status`.',
      ],
    },
    {
      head: '`Turned clients away: MaxConnections (1024) are open`',
      blocks: ['All connections were taken and none was idle: see `MaxConnections`.'],
    },
    {
      head: '`Cannot accept connections: out of file descriptors`',
      blocks: [
        'Raise `LimitNOFILE` in the unit, or lower `MaxConnections`. Of the limit, 24 descriptors are not for clients, so that the control socket, a reload and the logs have theirs.',
      ],
    },
  ]),
]

const SEE_ALSO: readonly Block[] = [
  '`curl(1)`, `journalctl(1)`, `systemctl(1)`, `webserverctl(1)`, `systemd.service(5)`, `systemd.socket(5)`, `webserver.conf(5)`, `capabilities(7)`, `logrotate(8)`',
]

const STANDARDS: readonly Block[] = [
  'The server speaks HTTP as RFC 9110 and RFC 9112 define it. Access logs are those of Apache, byte for byte.',
]

const CAVEATS: readonly Block[] = [
  'Publish a new version of a file under another name and rename it, as editors and `rsync(1)` do: clients then get the old version or the new one. A file that is written over in place while it is sent arrives mixed, and one that becomes shorter breaks the response off.',
  'A program that writes through memory which it shares with a file (`mmap(2)`) changes that file without a word: the kernel gives it another time at the first such write, and then no more until what was written has gone to the disk; on tmpfs never again. So what the server has in memory of a file it reads anew once a minute. But `ETag` and `Last-Modified` do not tell of such a change, and caches and browsers keep what they have; so does the server sidecars, and what it has compressed of a file of more than 256 KiB. Touch the file when it is ready, or publish it by a rename.',
  'There is one case in which that goes unnoticed. Of a file of more than 640 KiB all but the last 640 KiB are handed to the kernel by reference. With a client on the same machine, such as a proxy, they stay so until it reads them, which may be after the response is complete: if the file is cut short in between, by truncation and not by a rename, the client gets zeros in a response that looks whole. The same holds for packets to another machine that are lost just then and sent again.',
]

const SECURITY: readonly Block[] = [
  'Over HTTPS files are read and encrypted by the server, which takes longer than to have the kernel send them. A private key is in its memory.',
  'Do not run it as root. It needs to read `DocumentRoot`, to write its logs and to make its control socket, and for port 80 the capability, nothing else. Whoever may write in the folder of the control socket, or is of the group that owns it, can stop the server.',
  'Everything below `DocumentRoot` that the server can read, and whose name begins with no dot, is public.',
]
