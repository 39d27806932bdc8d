import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DIRECTIVES } from '../../src/config/directives.ts'
import { keywordsOf, renderUsage } from './usage.ts'

test('tells what stands for a value from what is typed as it is', () => {
  assert.equal(renderUsage('[address:]port'), 'No \\&[ Ns Ar address Ns No \\&: Ns No \\&] Ns Ar port')
  assert.equal(
    renderUsage('daily|hourly|size bytes'),
    'Cm daily Ns No \\&| Ns Cm hourly Ns No \\&| Ns Cm size Ar bytes',
  )
  assert.equal(renderUsage('size|off'), 'Ar size Ns No \\&| Ns Cm off')
  assert.equal(renderUsage('media-type extension...'), 'Ar media\\-type Ar extension Ns No ...\\&')
})

test('every word of a usage is known as a value, or is one of these', () => {
  const keywords = new Set(DIRECTIVES.flatMap(({ usage }) => keywordsOf(usage)))
  const lowerCase = [...keywords].filter(word => /^[a-z]/.test(word))
  assert.deepEqual(lowerCase.sort(), [
    'add',
    'alert',
    'all',
    'always',
    'append',
    'body',
    'crit',
    'daily',
    'days',
    'debug',
    'default',
    'denied',
    'disabled',
    'emerg',
    'error',
    'files',
    'granted',
    'group',
    'header',
    'hourly',
    'http',
    'https',
    'info',
    'ip',
    'journal',
    'mode',
    'none',
    'not',
    'notice',
    'off',
    'set',
    'size',
    'stderr',
    'stdout',
    'unix',
    'unset',
    'user',
    'valid-user',
    'warn',
  ])
})
