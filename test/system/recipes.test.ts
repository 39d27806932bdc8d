import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { test } from 'node:test'
import { Client } from '../support/client.ts'
import { Folder } from '../support/folder.ts'
import { bytesOf, prepare, readRecipes } from '../support/recipes.ts'
import { Peer } from './peers.ts'
import { parseResponses, type RawResponse } from './raw-response.ts'

async function ask(port: number, bytes: string): Promise<RawResponse> {
  using client = await Client.connect(port)
  client.send(bytes)
  const [response] = parseResponses((await client.untilClosed()).bytes, ['GET'])
  assert.ok(response)
  return response
}

for (const recipe of readRecipes()) {
  test(`Apache does with the recipe "${recipe.title}" what docs/recipes.md says, but for what is listed`, async () => {
    using folder = new Folder()
    const lines = prepare(recipe, folder.path)
    // Apache reads it as another user.
    chmodSync(folder.resolve('etc/users'), 0o644)
    await using apache = await Peer.apache(folder.resolve('var/www'), lines)
    for (const question of recipe.questions) {
      const expected = { ...question, ...question.apache }
      const { status, fields, body } = await ask(apache.port, bytesOf(question))
      const what = `${question.host ?? ''}${question.path}`
      assert.equal(status, expected.status, what)
      for (const [name, value] of Object.entries(expected.answered ?? {}))
        assert.equal(fields.get(name), value, `${what}: ${name}`)
      if (typeof expected.body === 'string') assert.equal(body.toString(), expected.body, what)
      else if (expected.body !== undefined) assert.match(body.toString(), expected.body, what)
    }
  })
}
