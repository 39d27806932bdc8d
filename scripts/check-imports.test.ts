import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findBreaches, LAYERS } from './check-imports.ts'

const allowed = [
  ['src/serve.ts', './server/server.ts'],
  ['src/webserver.test.ts', './webserver.ts'],
  ['src/version.ts', '../package.json'],
  ['src/server/server.ts', '../version.ts'],
  ['src/server/server.ts', '../control/daemon.ts'],
  ['src/control/control-server.ts', 'node:net'],
  ['src/control/methods.test.ts', '../server/server.ts'],
  ['src/log/access-log.ts', 'winston'],
  ['src/listing/listing.ts', '../http/status.ts'],
  ['src/network/plain/receive.ts', '../../libc.ts'],
  ['src/http/response/respond.ts', '../range.ts'],
  ['src/http/range.test.ts', 'node:fs'],
  ['src/http/range.test.ts', '../../test/support/wait.ts'],
  ['src/config/load.ts', 'node:fs'],
  ['src/config/disk.ts', 'node:fs'],
  ['test/serving.test.ts', 'node:net'],
  ['scripts/bench/fastify-send.ts', 'node:http'],
] as const

const refused = [
  ['src/webserverctl.ts', './webserver.ts'],
  ['src/webserverctl.ts', './server/server.ts'],
  ['src/server/server.ts', '../webserver.ts'],
  ['src/server/server.ts', '../ctl/commands.ts'],
  ['src/server/server.ts', '../../test/support/client.ts'],
  ['src/network/connection.ts', '../server/server.ts'],
  ['src/exchange/exchange.ts', '../network/connection.ts'],
  ['src/site/site.ts', '../exchange/exchange.ts'],
  ['src/turn/turn-queue.ts', '../exchange/exchange.ts'],
  ['src/turn/turn-queue.ts', 'node:net'],
  ['src/listing/listing.ts', '../site/site.ts'],
  ['src/listing/listing.ts', '../log/access-log.ts'],
  ['src/listing/listing.ts', '../version.ts'],
  ['src/control/methods.ts', '../http/status.ts'],
  ['src/ctl/commands.ts', '../server/server.ts'],
  ['src/http/response/respond.ts', '../../config/config.ts'],
  ['src/http/response/respond.ts', 'node:net'],
  ['src/http/response/respond.ts', 'fs'],
  ['src/config/values/values.ts', 'node:fs/promises'],
  ['src/config/values/values.ts', 'winston-daily-rotate-file'],
  ['src/server/server.ts', 'node:worker_threads'],
  ['src/unheard/new.ts', './other.ts'],
  ['src/http/range.test.ts', 'node:http'],
  ['test/serving.test.ts', 'http'],
  ['scripts/check.ts', 'node:cluster'],
] as const

for (const [path, name] of allowed) {
  test(`lets ${path} import ${name}`, () => {
    assert.deepEqual(findBreaches(path, `import { a } from '${name}'\n`), [])
  })
}

for (const [path, name] of refused) {
  test(`keeps ${name} out of ${path}`, () => {
    const [breach, ...more] = findBreaches(path, `import { a } from '${name}'\n`)
    assert.match(breach ?? '', new RegExp(`^${path}:1:1: Expected `))
    assert.deepEqual(more, [])
  })
}

test('lets no layer import from one that stands below it', () => {
  const names = Object.keys(LAYERS)
  for (const [index, [name, { imports }]] of Object.entries(LAYERS).entries()) {
    for (const imported of imports)
      assert.ok(names.slice(0, index).includes(imported), `${name}, ${imported}`)
  }
})

test('sees an import in whatever form it is written', () => {
  const name = '../server/server.ts'
  const forms = [
    `import '${name}'`,
    `import type { A } from '${name}'`,
    `import $, { b as c, type D } from "${name}"`,
    `import {\n  a,\n  b,\n} from '${name}'`,
    `export * from '${name}'`,
    `export * as all from '${name}'`,
    `const a = await import('${name}')`,
    `let a: import('${name}').A`,
    `const a = require(\n  '${name}'\n)`,
    `process.getBuiltinModule(\`${name}\`)`,
  ]
  for (const form of forms) assert.equal(findBreaches('src/listing/a.ts', form).length, 1, form)
})

test('takes no other text for an import', () => {
  const texts = [
    `export const from = '../server/server.ts'`,
    `// import '../server/server.ts'`,
    `const text = "import from '../server/server.ts'"`,
  ]
  for (const text of texts) assert.deepEqual(findBreaches('src/listing/a.ts', text), [], text)
})

test('names the line and the column of a breach', () => {
  const source = `import { a } from './b.ts'\n\nconst c = await import('../server/server.ts')\n`
  assert.match(findBreaches('src/listing/a.ts', source)[0] ?? '', /^src\/listing\/a\.ts:3:17: /)
})
