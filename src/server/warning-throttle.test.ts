import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WarningThrottle } from './warning-throttle.ts'

test('tells of each trouble at once, and of the same one once a minute, with how often it was left out', () => {
  let now = 0
  const told: string[] = []
  const throttle = new WarningThrottle<'fire' | 'water'>(() => now)
  const tell = (trouble: 'fire' | 'water') =>
    throttle.tell(trouble, addition => told.push(trouble + addition))
  tell('fire')
  tell('water')
  now = 59_999
  tell('fire')
  tell('fire')
  assert.deepEqual(told, ['fire', 'water'])
  now = 60_000
  tell('fire')
  tell('fire')
  now = 120_000
  tell('water')
  tell('fire')
  const more = (count: number) => `fire; ${count} more like this since the last such message`
  assert.deepEqual(told.slice(2), [more(2), 'water', more(1)])
})
