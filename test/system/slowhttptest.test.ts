import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { get } from '../support/client.ts'
import { Daemon } from '../support/daemon.ts'
import {
  attackSlowly,
  SKIP_SLOW_ATTACKS,
  SLOW_ATTACKS,
  type SlowAttack,
  type Verdict,
} from '../support/slowhttptest.ts'

/** Each attack lasts so many seconds here; npm run measure:fairness makes them last a minute. */
const SECONDS = 8
/** So many connections an attack has at least, or it was none: one that takes all it is sent has less time to connect. */
const CONNECTED: Readonly<Record<SlowAttack, number>> = {
  'slow headers': 700,
  'slow body': 700,
  'slow read': 700,
  'range attack': 200,
}

describe('A thousand connections of slowhttptest leave the service available', {
  skip: SKIP_SLOW_ATTACKS,
  concurrency: 2,
}, () => {
  for (const attack of Object.keys(SLOW_ATTACKS) as SlowAttack[]) {
    test(`with its ${attack}`, async () => {
      await using daemon = await Daemon.start({ files: { 'page.txt': 'x'.repeat(1024) } })
      daemon.folder.publishSparse('huge.bin', 64 * 1024 ** 2)
      // A small page is read before anybody could be slow, and the attack is over.
      const path = attack === 'slow read' || attack === 'range attack' ? '/huge.bin' : '/page.txt'
      const url = `http://127.0.0.1:${daemon.port}${path}`

      let verdict: Verdict | undefined
      const attacking = attackSlowly(attack, url, SECONDS).then(what => {
        verdict = what
      })
      let answers = 0
      while (verdict === undefined) {
        assert.equal((await daemon.ask(get('/page.txt', 'Connection: close'))).status, 200)
        answers++
        await pause(20)
      }
      await attacking
      assert.equal(verdict.available, verdict.seconds)
      assert.ok(verdict.connected > CONNECTED[attack], `${verdict.connected} connections`)
      assert.ok(answers > SECONDS, `${answers} answers`)
      await daemon.untilStatus(({ connections }) => connections.open === 0, 'all connections to end')
    })
  }
})
