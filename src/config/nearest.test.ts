import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './nearest.ts'

const NAMES = ['Listen', 'KeepAlive', 'KeepAliveTimeout', 'Timeout', 'LogLevel']

test('finds the word that was meant, in any case', () => {
  for (const word of ['Lisen', 'Listenn', 'LISTEM', 'Lsiten'])
    assert.equal(nearest(word, NAMES), 'Listen', word)
  assert.equal(nearest('KeepAliveTimout', NAMES), 'KeepAliveTimeout')
})

test('suggests nothing for a word that is like none', () => {
  for (const word of ['', 'x', 'LoadModule', 'User']) assert.equal(nearest(word, NAMES), undefined, word)
  assert.equal(nearest('Listen', []), undefined)
})
