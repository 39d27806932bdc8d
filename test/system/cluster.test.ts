import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { until } from '../support/wait.ts'
import { CLIENT_ADDRESS, Cluster, type Host, Load } from './cluster.ts'

/** By path. Each answer fits into one packet or a few, and so it comes whole or not at all. */
const FILES = Object.fromEntries(
  [10, 1000, 10_000].map(size => [`/${size}.txt`, `${size} bytes `.repeat(size).slice(0, size)]),
)
/** How many requests are made before and after each change at the least. */
const REQUESTS = 100

const cluster = await Cluster.open(FILES)
after(() => cluster[Symbol.asyncDispose]())
for (const host of cluster.hosts) await cluster.untilStatus(host, 'UP')

/** The entity-tag that a server gives a file, asked without the balancer. */
async function entityTag({ address }: Host, path: string): Promise<string> {
  const { stdout } = await cluster.clients.run('/usr/bin/curl', ['-sSI', `http://${address}${path}`])
  return /^ETag: (.*)\r$/m.exec(stdout)?.[1] ?? stdout
}

test('Servers with the same files give them the same entity-tags', async () => {
  for (const path of Object.keys(FILES)) {
    const tags = await Promise.all(cluster.hosts.map(host => entityTag(host, path)))
    assert.match(tags[0] ?? '', /^"[^"]+"$/)
    assert.equal(new Set(tags).size, 1, tags.join())
  }
})

/** Waits until the balancer has given a request to another server that was given to this one, after so many others. */
async function untilTakenFrom({ name }: Host, redispatches: number): Promise<void> {
  await until(
    async () => (await cluster.statistics()).redispatches > redispatches,
    `a request to be taken from ${name}`,
  )
}

const CHANGES: Readonly<Record<string, (host: Host) => Promise<void>>> = {
  'is killed': async host => {
    host.signal('SIGKILL')
    await cluster.untilStatus(host, 'DOWN')
    await host.start()
  },
  hangs: async host => {
    const { redispatches } = await cluster.statistics()
    host.signal('SIGSTOP')
    await cluster.untilStatus(host, 'DOWN')
    await untilTakenFrom(host, redispatches)
    host.signal('SIGCONT')
  },
  'loses its network': async host => {
    const { redispatches } = await cluster.statistics()
    await cluster.network.cut(host.machine)
    await cluster.untilStatus(host, 'DOWN')
    await untilTakenFrom(host, redispatches)
    await cluster.network.mend(host.machine)
  },
  'is drained and stopped': async host => {
    await host.ctl('drain')
    await cluster.untilStatus(host, 'DOWN')
    await host.stop()
    await host.start()
  },
  /** Without the balancer being told. */
  'is upgraded': async host => {
    await host.stop()
    await host.start()
  },
}

for (const [change, make] of Object.entries(CHANGES)) {
  test(`No GET fails, and none is answered wrong, when a server ${change} and comes back`, async () => {
    const [, host] = cluster.hosts
    assert.ok(host)
    const before = await cluster.statistics()
    await using load = new Load(cluster.clients, Object.keys(FILES))
    await cluster.untilAsked(REQUESTS)
    await make(host)
    await cluster.untilStatus(host, 'UP')
    await cluster.untilAsked(REQUESTS, host.name)
    const { retries, redispatches } = await cluster.statistics()
    const { answered, failures, longest, versions } = await load.end()
    const counted = { retries: retries - before.retries, redispatches: redispatches - before.redispatches }
    assert.deepEqual(failures, [], inspect({ answered, failures, longest, ...counted }))
    for (const [path, content] of Object.entries(FILES)) {
      const expected: string = `${await entityTag(host, path)} ${createHash('sha256').update(content).digest('hex')}`
      assert.deepEqual(versions[path], [expected])
    }
  })
}

test('The logs of all servers have the clients, and not the balancer', () => {
  const lines = cluster.hosts.flatMap(({ folder }) =>
    folder.read('var/log/access.log').split('\n').slice(0, -1),
  )
  assert.ok(lines.length > 0)
  assert.deepEqual(
    lines.filter(line => !line.startsWith(`${CLIENT_ADDRESS} `)),
    [],
  )
})
