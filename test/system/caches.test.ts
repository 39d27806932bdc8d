import assert from 'node:assert/strict'
import { utimesSync } from 'node:fs'
import { after, test } from 'node:test'
import { Client, get } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import { eventually } from '../support/wait.ts'
import { Peer } from './peers.ts'

const daemon = await Daemon.start()
after(() => daemon[Symbol.asyncDispose]())

function publish(name: string, content: string, time: number): void {
  const path = daemon.folder.publish(name, content)
  utimesSync(path, time, time)
}

/** The whole answer of a cache, which may say of it whatever it likes. */
async function askCache(port: number, path: string): Promise<{ etag: string; body: string }> {
  using client = await Client.connect(port)
  client.send(get(path, 'Cache-Control: max-age=0', 'Connection: close'))
  const { bytes } = await client.untilClosed()
  const text = bytes.toString('latin1')
  const [head = '', body = ''] = text.split('\r\n\r\n')
  assert.match(head, /^HTTP\/1\.1 200 /, text)
  return { etag: /^ETag: (.*)$/im.exec(head)?.[1] ?? '', body }
}

test('Squid never sends what a file held before, under the entity-tag of what it holds now', async () => {
  await using squid = await Peer.squid(daemon.port)

  // The first version has to be asked for within a second, or there is nothing to see.
  let attempt = 0
  const { path, second } = await eventually(async () => {
    const name = `page-${attempt++}.html`
    const present = Math.floor(Date.now() / 1000)
    publish(name, 'before', present)
    const { etag, body } = await askCache(squid.port, `/${name}`)
    assert.equal(body, 'before')
    return etag.startsWith('W/') ? { path: `/${name}`, second: present } : undefined
  }, 'Squid to hold a weak entity-tag')

  publish(path.slice(1), 'after!', second + 0.9)
  const etag = await eventually(async () => {
    const { fields, body } = await daemon.ask(get(path))
    const tag = fields.get('etag')
    return body.toString() === 'after!' && tag?.startsWith('"') ? tag : undefined
  }, 'the new version with a strong entity-tag')
  for (let time = 0; time < 2; time++) {
    assert.deepEqual(await askCache(squid.port, path), { etag, body: 'after!' })
  }
})
