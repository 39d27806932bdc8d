import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../config.ts'
import { interpret } from '../interpret.ts'
import { parseSyntax } from '../syntax.ts'

function configure(text: string): Config['requestReadTimeout'] {
  const { config, problems } = read(text)
  assert.deepEqual(problems, [])
  return config.requestReadTimeout
}

function read(text: string) {
  const { statements } = parseSyntax(`Listen 80\n${text}`, 'etc/webserver.conf')
  return interpret(statements, { file: 'etc/webserver.conf', serverRoot: '/srv', serverName: 'localhost' })
}

const fixed = (least: number) => ({ least, most: least, minRate: undefined })

test('one duration is for the head, and again for the body', () => {
  assert.deepEqual(configure(''), { head: fixed(20_000), body: fixed(20_000) })
  assert.deepEqual(configure('RequestReadTimeout 5'), { head: fixed(5000), body: fixed(5000) })
})

test('head and body have times of their own, in one line or in two, as Debian’s Apache has them', () => {
  const wanted = {
    head: { least: 20_000, most: 40_000, minRate: 500 },
    body: { least: 10_000, most: Number.POSITIVE_INFINITY, minRate: 500 },
  }
  const header = 'header=20-40,MinRate=500'
  const body = 'body=10,minrate=500'
  assert.deepEqual(configure(`RequestReadTimeout ${header} ${body}`), wanted)
  assert.deepEqual(configure(`RequestReadTimeout ${header}\nRequestReadTimeout ${body}`), wanted)
})

test('a part that is not named keeps its default', () => {
  assert.deepEqual(configure('RequestReadTimeout body=500ms'), { head: fixed(20_000), body: fixed(500) })
})

test('what cannot be meant is told with its place', () => {
  const refuses = (args: string, message: RegExp) => {
    const [problem, ...more] = read(`RequestReadTimeout ${args}`).problems
    assert.deepEqual(more, [], args)
    assert.match(`${problem?.place?.line}:${problem?.place?.column} ${problem?.message}`, message)
  }
  const expected = 'Expected a duration such as 20s \\(1ms to 1d\\) for head and body, or header= or body='
  refuses('', new RegExp(`^2:19 ${expected}.*, got nothing`))
  refuses('soon', new RegExp(`^2:20 ${expected}.*, got "soon"`))
  refuses('0', new RegExp(`^2:20 ${expected}.*, got "0"`))
  refuses('header=0', new RegExp(`^2:20 ${expected}.*, got "header=0"`))
  refuses('header=', new RegExp(`^2:20 ${expected}.*, got "header="`))
  refuses('handshake=5 header=5', new RegExp(`^2:20 ${expected}.*, got "handshake=5"`))
  refuses('5 header=9', /^2:22 header=9 decides again what stands before it/)
  refuses('header=20-20,MinRate=500', /^2:20 Expected a duration above 20 behind it, got "20"/)
  refuses('header=20-40', /^2:20 Expected ,MinRate= and bytes a second behind 20-40, got nothing/)
  refuses('header=20,MinRate=0', /^2:20 Expected a whole number from 1 to .* behind MinRate=, got "0"/)
  refuses('5\nRequestReadTimeout 6', /^3:1 RequestReadTimeout body and head is given already at/)
})
