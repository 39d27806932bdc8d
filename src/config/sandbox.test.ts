import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sandboxAdvice } from './sandbox.ts'

/** As a service sees its mounts that has ProtectHome, PrivateTmp and ProtectSystem=strict. */
const MOUNTS = [
  '600 500 8:1 / / ro,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro',
  '601 600 0:25 /systemd/inaccessible/dir /home ro,nosuid,nodev,noexec - tmpfs tmpfs rw,mode=755',
  '606 600 0:48 /host/inaccessible/dir /root ro,nosuid shared:104 master:7 - tmpfs tmpfs rw,mode=755',
  '602 600 0:25 /systemd/inaccessible/dir /srv/closed ro - tmpfs tmpfs rw,mode=755',
  '603 600 8:1 /tmp/systemd-private-0a1b-webserver.service-xYz/tmp /tmp rw,relatime - ext4 /dev/sda1 rw',
  '604 600 8:1 /var/log/webserver /var/log/webserver rw,relatime - ext4 /dev/sda1 rw',
  '605 600 8:2 / /mnt/a\\040disc ro,relatime - iso9660 /dev/sr0 ro',
  '',
].join('\n')

function told(folder: string, code: string, writes = false): string {
  return sandboxAdvice(folder, code, writes, MOUNTS) ?? ''
}

test('names the line of the unit that keeps the service away, and those that let it be', () => {
  assert.equal(
    told('/home/anna/site', 'EACCES'),
    'ProtectHome=yes of the service keeps it away: write "[Service]" and "ProtectHome=read-only" with "systemctl edit webserver", or name another',
  )
  assert.match(told('/root/site', 'EACCES'), /^ProtectHome=yes of the service/, 'also in a container')
  assert.match(told('/home', 'EACCES', true), /"ProtectHome=read-only" and "ReadWritePaths=\/home"/)
  assert.match(told('/srv/closed/a', 'EACCES'), /^InaccessiblePaths= of the service .*"InaccessiblePaths="/)
  assert.match(told('/tmp/site', 'ENOENT'), /^PrivateTmp=yes of the service .*"PrivateTmp=no"/)
  assert.match(
    told('/srv/logs', 'EROFS', true),
    /^ProtectSystem=strict of the service .*"ReadWritePaths=\/srv\/logs"/,
  )
})

test('blames no sandbox for what has another cause', () => {
  assert.equal(told('/homes/anna', 'EACCES'), '')
  assert.equal(told('/srv/site', 'ENOENT'), '')
  assert.equal(told('/tmp/site', 'EACCES'), '')
  assert.equal(told('/var/log/webserver', 'EACCES', true), '')
  assert.equal(told('/mnt/a disc/logs', 'EROFS', true), '')
  assert.equal(sandboxAdvice('/home/anna', 'EACCES', false, ''), undefined)
})
