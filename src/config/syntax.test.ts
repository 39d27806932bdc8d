import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Statement } from './statement.ts'
import { parseSyntax } from './syntax.ts'

function words(text: string): string[][] {
  const { statements, problems } = parseSyntax(text, 'webserver.conf')
  assert.deepEqual(problems, [])
  return statements.map(({ name, args }) => [name.text, ...args.map(arg => arg.text)])
}

function problems(text: string): string[] {
  return parseSyntax(text, 'webserver.conf').problems.map(
    ({ place, message }) => `${place?.line}:${place?.column} ${message}`,
  )
}

test('reads one directive a line, whatever blanks surround it', () => {
  assert.deepEqual(words('Listen 80\n\n  \t Listen\t 443  \nKeepAlive Off'), [
    ['Listen', '80'],
    ['Listen', '443'],
    ['KeepAlive', 'Off'],
  ])
})

test('reads a file with CRLF line ends, and one with a byte order mark', () => {
  assert.deepEqual(words('\u{feff}Listen 80\r\nTimeout \\\r\n 5\r\n'), [
    ['Listen', '80'],
    ['Timeout', '5'],
  ])
})

test('ignores a line whose first character is #', () => {
  assert.deepEqual(words('# Listen 80\n  #KeepAlive "\nListen 81#82'), [['Listen', '81#82']])
})

test('goes on in the next line after a backslash, in a quoted word and in a comment too', () => {
  assert.deepEqual(
    words('Dir\\\nectoryIndex \\\n a b\nLogFormat "%h \\\n%s" x\n# off: \\\nListen 80\nListen 81\\'),
    [
      ['DirectoryIndex', 'a', 'b'],
      ['LogFormat', '%h %s', 'x'],
      ['Listen', '81'],
    ],
  )
})

test('takes a word in quotes as it stands, and an escaped quote or backslash for itself', () => {
  const text = String.raw`A "b c" 'd "e"' "f \"g\" \\ \n \'" 'h \'i\' \"' j"k \\l ""`
  assert.deepEqual(words(text), [
    ['A', 'b c', 'd "e"', String.raw`f "g" \ \n \'`, String.raw`h 'i' \"`, 'j"k', '\\l', ''],
  ])
})

test('tells the line and column of every word and of every character in it', () => {
  const [statement] = parseSyntax('\n  LogFormat "a\\"b \\\n %h" c', 'webserver.conf').statements
  const [format, name] = statement?.args ?? []
  const at = (place: { line: number; column: number } | undefined) => `${place?.line}:${place?.column}`

  assert.equal(at(statement?.name.place), '2:3')
  assert.equal(at(format?.place), '2:13')
  assert.equal(format?.text, 'a"b  %h')
  assert.deepEqual(format?.places.map(at), ['2:14', '2:16', '2:17', '2:18', '3:1', '3:2', '3:3', '3:4'])
  assert.equal(at(name?.place), '3:6')
  assert.equal(name?.place.source, ' %h" c')
})

test('refuses a quote that is not closed, at the quote', () => {
  assert.deepEqual(problems('Listen 80\nDocumentRoot "/srv'), [
    '2:14 Expected a closing ", got the end of the line',
  ])
  assert.deepEqual(problems("A 'b\\'"), ["1:3 Expected a closing ', got the end of the line"])
})

test('refuses a word that touches a closing quote', () => {
  assert.deepEqual(problems('A "b"c'), ['1:6 Expected a blank behind the closing ", got "c"'])
})

test('refuses a comment behind a directive instead of taking it for arguments', () => {
  assert.match(
    problems('DirectoryIndex a.html # first')[0] ?? '',
    /^1:23 Expected a comment on a line of its own/,
  )
  assert.deepEqual(words('A "#"'), [['A', '#']])
})

/** Sections as lists of what they hold. */
function tree(text: string): unknown {
  const { statements, problems } = parseSyntax(text, 'webserver.conf')
  assert.deepEqual(problems, [])
  const show = ({ name, args, block }: Statement): unknown => {
    const line = [name, ...args].map(word => word.text).join(' ')
    return block === undefined ? line : { [line]: block.statements.map(show), end: block.end.line }
  }
  return statements.map(show)
}

test('reads sections, one within another, with what stands in their tags', () => {
  const text = [
    'A',
    '<Outer *:80 "b c>">',
    '  B',
    '  <inner ~ "\\.css$" >',
    '    C',
    '  </Inner>',
    '  D',
    '</OUTER >',
    'E',
  ].join('\n')
  const outer = { 'Outer *:80 b c>': ['B', { 'inner ~ \\.css$': ['C'], end: 6 }, 'D'], end: 8 }
  assert.deepEqual(tree(text), ['A', outer, 'E'])
})

test('names both lines where sections are not closed, cross, or are closed by another name', () => {
  assert.deepEqual(problems('<A x>\nB'), ['1:1 <A> is not closed: expected </A> before the end of the file'])
  assert.deepEqual(problems('B\n</A>'), ['2:1 </A> closes nothing: no section is open'])
  assert.deepEqual(problems('<A>\n<B>\n</A>\nC\n</B>'), [
    '3:1 Expected </B> for <B> at webserver.conf:2:1, got </A>, which closes <A> at webserver.conf:1:1: sections may not cross',
  ])
  assert.deepEqual(problems('<Apple>\nB\n</Appel>\nC'), [
    '3:1 Expected </Apple> for <Apple> at webserver.conf:1:1, got </Appel>',
  ])
})

test('a section that is not closed hides no mistake in what stands in it', () => {
  assert.deepEqual(problems('<A>\nB "c'), [
    '2:3 Expected a closing ", got the end of the line',
    '1:1 <A> is not closed: expected </A> before the end of the file',
  ])
  assert.equal(parseSyntax('<A>\nB', 'webserver.conf').statements[0]?.name.text, 'B')
})

test('refuses more sections within one another than can be gone through, and tells of the first only', () => {
  const nested = (depth: number) => `${'<A x>\n'.repeat(depth)}B\n${'</A>\n'.repeat(depth)}`
  assert.deepEqual(problems(nested(32)), [])
  const told = ['33:1 Expected at most 32 sections within one another, <A> is one more']
  assert.deepEqual(problems(nested(33)), told)
  assert.deepEqual(problems(nested(20_000)), told)
})

test('refuses a tag that cannot be read, and reads on behind it', () => {
  const expected = 'Expected a tag such as <VirtualHost *> or </VirtualHost>, got'
  assert.deepEqual(problems('<A b\nC\n</A>'), ['1:1 Expected a > at the end of the tag, got "<A b"'])
  const alone = '1:1 Expected one tag, and nothing else, in its line, got'
  assert.deepEqual(problems('<A b> C d\n</A>'), [`${alone} "<A b> C d"`])
  assert.deepEqual(problems('<A b> C d </A>\nE'), [`${alone} "<A b> C d </A>"`])
  assert.deepEqual(problems('<A "b>" (?<c>d)>\nE\n</A>'), [])
  assert.deepEqual(problems('< >'), [
    `1:1 ${expected} "< >"`,
    '1:1 <> is not closed: expected </> before the end of the file',
  ])
  assert.deepEqual(problems('<A "b>\n</A>'), ['1:4 Expected a closing ", got the end of the line'])
  assert.deepEqual(problems('<A>\n</A b>'), ['2:1 Expected </A>, got "</A b>"'])
})

test('refuses a NUL byte and what was not UTF-8, except in comments', () => {
  assert.deepEqual(problems('# \0 \u{fffd}\nA b\0c\nA \u{fffd}'), [
    '2:4 Expected text, got a NUL byte: save the file as UTF-8 text',
    '3:3 Expected UTF-8 text, got another encoding: save the file as UTF-8 text',
  ])
})

test('gives back any text that was quoted and escaped', () => {
  const text = fc.string({ unit: 'grapheme' }).filter(value => !/[\0\r\n\u{fffd}]/u.test(value))
  const quote = (value: string) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`
  fc.assert(
    fc.property(fc.array(text), values => {
      // The blank keeps a final backslash from continuing the line.
      assert.deepEqual(words(`A ${values.map(quote).join(' ')} `), [['A', ...values]])
    }),
  )
})

test('survives any text, and every place it names lies within the text', () => {
  const piece = fc.oneof(
    fc.constantFrom('"', "'", '\\', '#', '<', '</', '>', 'A', ' ', '\n', '\r\n', '\0', 'Listen'),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(piece), pieces => {
      const text = pieces.join('')
      const lines = text.split(/\r?\n/)
      const { statements, problems } = parseSyntax(text, 'webserver.conf')
      const flat = (statement: Statement): Statement[] => [
        statement,
        ...(statement.block?.statements.flatMap(flat) ?? []),
      ]
      const words = statements.flatMap(flat).flatMap(({ name, args }) => [name, ...args])
      for (const word of words) assert.equal(word.places.length, word.text.length + 1)
      for (const place of [
        ...words.flatMap(word => word.places),
        ...problems.map(problem => problem.place),
      ]) {
        assert.ok(place !== undefined)
        assert.equal(place.source, lines[place.line - 1])
        assert.ok(place.column >= 1 && place.column <= place.source.length + 1)
      }
    }),
  )
})
