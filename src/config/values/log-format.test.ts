import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  BUILT_IN_LOG_FORMATS,
  LOG_ITEMS,
  type LogItem,
  namesLocalAddress,
  parseLogFormat,
} from './log-format.ts'

function items(format: string): readonly (string | LogItem)[] {
  const parsed = parseLogFormat(format)
  assert.equal(parsed.kind, 'items', JSON.stringify(parsed))
  return parsed.kind === 'items' ? parsed.items : []
}

/** Of a format with nothing else. */
function item(format: string): LogItem {
  const [only, ...rest] = items(format)
  assert.ok(typeof only === 'object' && rest.length === 0, format)
  return only
}

function mistake(format: string): string {
  const parsed = parseLogFormat(format)
  assert.equal(parsed.kind, 'mistake', format)
  return parsed.kind === 'mistake' ? `${parsed.offset} ${parsed.message}` : ''
}

test('reads text and items in their order', () => {
  const plain = { argument: undefined, onlyFor: undefined }
  assert.deepEqual(items('[%h] "%r" %>s%b'), [
    '[',
    { ...plain, letter: 'h' },
    '] "',
    { ...plain, letter: 'r' },
    '" ',
    { ...plain, letter: 's' },
    { ...plain, letter: 'b' },
  ])
  assert.deepEqual(items(''), [])
})

test('knows every item that it lists, written as it says', () => {
  for (const [letter, { usage }] of Object.entries(LOG_ITEMS)) {
    for (const written of usage
      .replace(/\{(\w+)\|.*\}/, '{$1}')
      .replace('{format}', '{%H}')
      .split(', ')) {
      assert.equal(item(written).letter, letter, written)
    }
  }
})

test('takes %% for a percent sign and the backslash for what Apache takes it', () => {
  assert.deepEqual(items('100%%%%'), ['100%%'])
  assert.deepEqual(items('a\\tb\\nc\\rd\\\\ne\\"f\\g\\'), ['a\tb\nc\rd\\ne\\"f\\g\\'])
})

test('reads the argument in braces of the items that have one', () => {
  const formats = {
    '%{User-Agent}i': 'User-Agent',
    '%{x,1}o': 'x,1',
    '%{c}a': 'c',
    '%{c}h': 'c',
    '%{canonical}p': 'canonical',
    '%{local}p': 'local',
    '%{remote}p': 'remote',
    '%{hextid}P': 'hextid',
    '%{us}T': 'us',
    '%{%d/%b/%Y %T}t': '%d/%b/%Y %T',
    '%{end:%EY %%}t': 'end:%EY %%',
    '%{begin:msec_frac}t': 'begin:msec_frac',
    '%{wait}x': 'wait',
    '%{turns}x': 'turns',
    '%{}p': undefined,
  }
  for (const [format, argument] of Object.entries(formats))
    assert.equal(item(format).argument, argument, format)
})

test('reads the statuses an item is for in any order, also with the signs that mean nothing here', () => {
  const referer = { letter: 'i', argument: 'Referer' }
  assert.deepEqual(item('%400,501{Referer}i'), {
    ...referer,
    onlyFor: { statuses: [400, 501], negated: false },
  })
  assert.deepEqual(item('%!200{Referer}i'), { ...referer, onlyFor: { statuses: [200], negated: true } })
  assert.deepEqual(item('%{Referer}!200i'), item('%!200{Referer}i'))
  assert.deepEqual(item('%!200,304>s'), item('%>!200,304s'))
  assert.deepEqual(item('%<s'), item('%>s'))
  assert.equal(item('%{>400}i').onlyFor, undefined)
})

test('refuses an item it does not know, and says where it stands', () => {
  assert.equal(mistake('%h %E'), '3 Unknown item "%E" in the format')
  assert.equal(mistake('é %é'), '2 Unknown item "%é" in the format')
  assert.equal(mistake('%{a}^ti'), '0 Unknown item "%{a}^" in the format')
  assert.equal(mistake('%constructor'), '0 Unknown item "%c" in the format')
})

test('refuses an argument the item does not know, and the lack of one that it needs', () => {
  for (const format of [
    '%i',
    '%{}i',
    '%o',
    '%e',
    '%x',
    '%{waits}x',
    '%{x}b',
    '%{foo}p',
    '%{m}T',
    '%{x}a',
    '%{%Q}t',
  ]) {
    assert.match(mistake(format), /^0 Expected %.* in the format, got /, format)
  }
})

test('refuses a format that ends within an item', () => {
  assert.equal(mistake('a %'), '2 Expected a letter behind "%", got the end of the format')
  assert.equal(mistake('%>'), '0 Expected a letter behind "%>", got the end of the format')
  assert.equal(mistake('%{Referer'), '0 Expected a closing } behind "%{", got the end of the format')
})

test('refuses a number that is no status', () => {
  assert.equal(mistake('%20{Referer}i'), '0 Expected a status from 100 to 599 in "%20{Referer}i", got 20')
})

test('has the formats that log analysers know', () => {
  assert.deepEqual([...BUILT_IN_LOG_FORMATS.keys()], ['common', 'combined', 'vhost_combined', 'json'])
  const combined = items('%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"')
  assert.deepEqual(BUILT_IN_LOG_FORMATS.get('combined'), { kind: 'items', items: combined })
})

test('reads any text as a format or as a mistake within it', () => {
  const piece = fc.oneof(fc.constantFrom('%', '{', '}', '!', '>', ',', '404', '\\', 'i', 't'), fc.string())
  fc.assert(
    fc.property(fc.array(piece), pieces => {
      const format = pieces.join('')
      const parsed = parseLogFormat(format)
      if (parsed.kind === 'mistake') assert.equal(format[parsed.offset], '%')
    }),
  )
})

test('keeps text without percent sign and backslash as it is', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter(value => !/[%\\]/.test(value))
  fc.assert(fc.property(text, value => assert.deepEqual(items(value), [value])))
})

test('knows whether a line has the address or the port of the server', () => {
  const formats = ['%A', '%p', '%{canonical}p', '%{local}p', '%h %{remote}p', '%a', '100% p', 'A p']
  const naming = formats.filter(text => {
    const parsed = parseLogFormat(text.replace('100%', '100%%'))
    assert.ok(parsed.kind !== 'mistake', text)
    return namesLocalAddress(parsed)
  })
  assert.deepEqual(naming, ['%A', '%p', '%{canonical}p', '%{local}p'])
})
