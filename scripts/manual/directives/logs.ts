import type { Group } from './entry.ts'

export const LOGS = {
  title: 'Logs',
  entries: {
    ErrorLog: {
      text: [
        'Where the server reports on itself: to a file, or with `journal` to the journal of `systemd-journald.service(8)`. With either the messages also stand on standard error, where a unit of systemd collects them: with `journal` marked with their priority, and only there. With `stderr` they stand only there too, marked where that leads to the journal, and with `stdout` only on standard output, in the form of a file; `/dev/stderr` and `/dev/stdout` are the same.',
      ],
      examples: ['ErrorLog journal'],
    },
    LogLevel: {
      text: [
        'The least grave messages that are reported. Faults and refused reloads are of level `error`. Clients turned away, and requests denied because of permissions, of links or for want of an index, are of `warn`; starts, stops, reloads and reopened logs of `notice`; requests that are malformed, too large or too slow of `info`. These come at most once a minute of each kind, with the number of those left out. With `debug` every error that a client is answered comes with its reason, such as the line of the configuration that decided it.',
      ],
    },
    LogFormat: {
      text: [
        'Gives a format of log lines a name, for `CustomLog`; see `LOG FORMATS` below. A name that is built in may be given another format.',
      ],
      examples: ['LogFormat "%h %t \\"%r\\" %>s %b %{wait}x" waits'],
    },
    CustomLog: {
      text: [
        'Where every request is logged, and in which format: one that has a name, or one that stands here in quotes. Several logs may be kept, each in a file of its own. With `stdout` or `stderr` in place of a file lines go there, whatever that is, and with `journal` to standard error, which a unit of systemd has the journal read. There nothing is rotated, and a reader that is slow loses lines, which `webserverctl status` counts. `CustomLog off` logs no requests. Another program cannot be logged to.',
      ],
      examples: [
        'CustomLog /var/log/webserver/access.log combined',
        'CustomLog /var/log/webserver/agents.log "%{User-Agent}i"',
        'CustomLog stdout combined',
        'CustomLog off',
      ],
    },
    BufferedLogs: {
      text: [
        'Whether lines of a `CustomLog` may wait for 10 ms, so that a busy server writes many of them by one call of the kernel. With `Off` a line is with the kernel as soon as all requests are answered that came together with its own, and stays there also when the server is killed.',
      ],
    },
    LogRotate: {
      text: [
        'When a file of any log, the error log too, is finished and a new one begun: at midnight, with every hour, or before it would exceed a *size*, from `4K` to `1T`. The file in use always bears its plain name; a finished one has its date behind that, as in `access.log.2026-11-21`, with the hour as in `access.log.2026-11-21-14`, and with a number if there are several. Times are local: the hour that comes twice when summer time ends has one file for both.',
        'To leave this to `logrotate(8)`, choose `size 1T`, and have it call `webserverctl reopen` when it has moved the files, as in `/usr/share/doc/webserver/examples/logrotate`.',
      ],
      examples: ['LogRotate size 100M'],
    },
    LogKeep: {
      text: [
        'How many finished files of each log are kept, or for how many days. Older ones are removed. Only files whose names are as described above are counted and removed.',
      ],
      examples: ['LogKeep 90 days'],
    },
    LogCompress: {
      text: ['Whether finished log files are compressed with `gzip(1)`, soon after they are finished.'],
    },
  },
} as const satisfies Group
