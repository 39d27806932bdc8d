import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Daemon } from './support/daemon.ts'
import { bytesOf, prepare, readRecipes } from './support/recipes.ts'

test('there are ten recipes', () => assert.equal(readRecipes().length, 10))

for (const recipe of readRecipes()) {
  test(`The recipe "${recipe.title}" does what docs/recipes.md says`, async () => {
    await using daemon = await Daemon.start()
    await daemon.reconfigure(...prepare(recipe, daemon.folder.path))
    for (const question of recipe.questions) {
      const { status, fields, body } = await daemon.ask(bytesOf(question))
      const what = `${question.host ?? ''}${question.path}`
      assert.equal(status, question.status, what)
      for (const [name, value] of Object.entries(question.answered ?? {}))
        assert.equal(fields.get(name), value, `${what}: ${name}`)
      if (typeof question.body === 'string') assert.equal(body.toString(), question.body, what)
      else if (question.body !== undefined) assert.match(body.toString(), question.body, what)
    }
  })
}

test('in the recipe "A log for each site" each line is in the log of its site', async () => {
  const recipe = readRecipes().find(({ title }) => title === 'A log for each site')
  assert.ok(recipe)
  await using daemon = await Daemon.start()
  await daemon.reconfigure(...prepare(recipe, daemon.folder.path))
  for (const question of recipe.questions) await daemon.ask(bytesOf(question))
  await daemon.status()
  assert.equal(daemon.folder.read('var/log/one.log'), 'one.example 200 /lost.html\n')
  assert.equal(daemon.folder.read('var/log/others.log'), 'two.example 404 /none\n')
})
