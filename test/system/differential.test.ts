import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Client, get } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import { compare, HTTP_DIFFERENCES, judge, type Observation, type Sighting } from './differences.ts'
import { REQUESTS } from './http-requests.ts'
import { observe } from './observation.ts'
import { Peer } from './peers.ts'
import { TruncatedError } from './raw-response.ts'
import { SITE, settle } from './site.ts'

/** One site in three languages; what is not said here is as each server comes. */
const WEBSERVER = [
  'Options +Indexes',
  'Compress Off',
  'Redirect permanent /old /new',
  'ExpiresByType image/png "access plus 1 hour"',
]
const APACHE = [
  'AddDefaultCharset utf-8',
  'AddCharset utf-8 .css .js',
  'AddType text/html .html',
  'AddType text/plain .txt',
  'AddType text/css .css',
  'AddType text/javascript .js',
  'AddType image/png .png',
  'Redirect permanent /old /new',
  'ExpiresActive On',
  'ExpiresByType image/png "access plus 1 hour"',
  // How its manual sends what is compressed already.
  'RewriteEngine On',
  'RewriteCond %{HTTP:Accept-Encoding} gzip',
  'RewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI}.gz -s',
  'RewriteRule ^(.*)[.]js$ $1.js.gz',
  '<FilesMatch "[.]js[.]gz$">',
  '  ForceType "text/javascript; charset=utf-8"',
  '  Header append Content-Encoding gzip',
  '  Header append Vary Accept-Encoding',
  '</FilesMatch>',
]
const NGINX = [
  'types { text/html html; text/plain txt; text/css css; text/javascript js; image/png png; }',
  'default_type application/octet-stream;',
  'charset utf-8;',
  'charset_types text/html text/plain text/css text/javascript;',
  'absolute_redirect off;',
  'autoindex on;',
  'gzip_static on;',
  'gzip_vary on;',
  'rewrite ^/old(/.*)?$ /new$1 permanent;',
  'location ~ [.]png$ { expires 1h; }',
]

const daemon = await Daemon.start({ config: WEBSERVER, files: SITE })
after(() => daemon[Symbol.asyncDispose]())
const root = daemon.folder.resolve('var/www')
symlinkSync('text.txt', join(root, 'inside.txt'))
symlinkSync('/etc/hostname', join(root, 'outside.txt'))
symlinkSync('absent.txt', join(root, 'nowhere.txt'))
settle(root)
const apache = await Peer.apache(root, APACHE)
after(() => apache[Symbol.asyncDispose]())
const nginx = await Peer.nginx(root, NGINX)
after(() => nginx[Symbol.asyncDispose]())

/** The entity-tag that a server gives to text.txt. */
async function etagOf({ port }: Daemon | Peer): Promise<string> {
  using client = await Client.connect(port)
  client.send(get('/text.txt'))
  const etag = (await client.responseHead()).fields.get('etag')
  assert.ok(etag !== undefined)
  return etag
}

/** On a busy machine Apache may cut a chunked answer short when its client has ended: then it is asked again. */
async function observePatiently(port: number, request: string, etag: string): Promise<Observation> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await observe(port, request, etag)
    } catch (error) {
      if (!(error instanceof TruncatedError) || attempt === 5) throw error
    }
  }
}

const servers = [daemon, apache, nginx] as const
const etags = await Promise.all(servers.map(etagOf))
const sightings: Sighting[] = []
for (const [name, request] of Object.entries(REQUESTS)) {
  const observations = servers.map(({ port }, index) => observePatiently(port, request, etags[index] ?? ''))
  const [ours, apaches, nginxes] = await Promise.all(observations)
  assert.ok(ours !== undefined && apaches !== undefined && nginxes !== undefined)
  sightings.push(...compare(name, ours, 'apache', apaches), ...compare(name, ours, 'nginx', nginxes))
}

test('Every answer is what Apache and nginx answer, or docs/http.md says why not', () => {
  const complaints = judge(sightings, HTTP_DIFFERENCES)
  assert.equal(complaints.length, 0, complaints.join('\n'))
})
