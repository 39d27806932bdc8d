import { adapt, type Differences } from './adapt.ts'

const DIFFERENCES: Differences = [
  [
    '# The daemon. Change it with "systemctl edit webserver", which an upgrade leaves alone.',
    `# One of several daemons with the same configuration, which share its ports; otherwise as webserver.service. To have four:
#
#   systemctl disable --now webserver
#   systemctl enable --now webserver.target webserver@{1..4}
#
# Change all with "systemctl edit webserver@", which an upgrade leaves alone, and one with "systemctl edit webserver@1".`,
  ],
  [
    'Description=Static web server, one request at a time\n',
    'Description=Static web server, one request at a time, instance %i\n',
  ],
  [
    'After=network-online.target remote-fs.target\n',
    'After=network-online.target remote-fs.target\n# What is done to the target is done to all.\nPartOf=webserver.target\n',
  ],
  ['webserver.conf\nExecReload', 'webserver.conf --instance %i\nExecReload'],
  ['webserver.conf reload', 'webserver.conf --instance %i reload'],
  ['WantedBy=multi-user.target', 'WantedBy=webserver.target'],
]

/** `webserver@.service`, made of `webserver.service`; throws an Error when that has not got what differs. */
export function instanceUnit(text: string): string {
  return adapt('systemd/webserver.service', text, DIFFERENCES)
}
