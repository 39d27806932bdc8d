import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { DIRECTIVES } from '../../src/config/directives.ts'
import { BUILT_IN_LOG_FORMATS, LOG_ITEMS, parseLogFormat } from '../../src/config/values/log-format.ts'
import { COMMANDS } from '../../src/ctl/commands.ts'
import { LOCAL_COMMANDS } from '../../src/ctl/local-commands.ts'
import { ENTRIES, GROUPS } from './directives/entries.ts'
import { renderHead } from './markup.ts'
import { renderPage } from './page.ts'
import { PAGES } from './pages.ts'
import { OPTIONS } from './webserver.ts'
import { CONFIGURATIONS, FORMATS, MISTAKES, problemsOf } from './webserver-conf.ts'
import { COMMAND_DETAILS } from './webserverctl.ts'

const [webserver = '', webserverctl = '', webserverConf = ''] = PAGES.map(page =>
  renderPage(page, new Date(0)),
)

function itemsOf(page: string): string[] {
  return [...page.matchAll(/^\.It (.*)$/gm)].map(([, head = '']) => head)
}

test('every directive has one entry', () => {
  const heads = itemsOf(webserverConf).flatMap(head => /^Ic (\w+) /.exec(head)?.[1] ?? [])
  assert.deepEqual(heads.toSorted(), DIRECTIVES.map(({ name }) => name).toSorted())
})

test('an entry stands in one group', () => {
  const names = GROUPS.flatMap(({ entries }) => Object.keys(entries))
  assert.deepEqual(names.toSorted(), Object.keys(ENTRIES).toSorted())
})

test('an entry tells the default, the values that are taken, and whether it may be repeated', () => {
  const entryOf = (name: string) =>
    webserverConf.split(`.It Ic ${name} `)[1]?.split('.It')[0]?.replaceAll('\n', ' ') ?? ''
  assert.match(entryOf('KeepAliveTimeout'), /Default: \.Ql 5s \. Values: \.Ql 1ms to \.Ql 1d \./)
  assert.match(
    entryOf('CustomLog'),
    /\.Ql var\/log\/access\.log combined , as long as none is given\. May be repeated\./,
  )
  assert.match(entryOf('ErrorDocument'), /Default: \.Ql 404 \/404\.html , beside what is given\./)
  assert.doesNotMatch(entryOf('Options'), /May be repeated/)
})

test('every item of a log format is listed', () => {
  for (const { usage } of Object.values(LOG_ITEMS)) {
    const head = renderHead(usage.replaceAll(/[^ ,]+/g, '`$&`'))
    assert.ok(itemsOf(webserverConf).includes(head), head)
  }
})

test('the formats that have a name are what the page says', () => {
  assert.deepEqual([...Object.keys(FORMATS), 'json'], [...BUILT_IN_LOG_FORMATS.keys()])
  for (const [name, format] of Object.entries(FORMATS)) {
    assert.deepEqual(parseLogFormat(format), BUILT_IN_LOG_FORMATS.get(name))
  }
})

test('whatever is given as an example is free of mistakes', () => {
  for (const [purpose, lines] of CONFIGURATIONS) assert.deepEqual(problemsOf(lines.join('\n')), [], purpose)
  for (const [name, { examples = [] }] of Object.entries(ENTRIES)) {
    for (const line of examples) assert.deepEqual(problemsOf(line), [], name)
  }
})

test('whatever is given as a mistake is one', () => {
  for (const [line] of MISTAKES) assert.equal(problemsOf(line).length, 1, line)
})

test('every command of webserverctl is explained, with its options and arguments', () => {
  const heads = itemsOf(webserverctl)
  for (const { name, options, arguments: parameters = [] } of COMMANDS) {
    const head = heads.find(each => each === `Ic ${name}` || each.startsWith(`Ic ${name} `))
    assert.ok(head, name)
    for (const { flags } of options) {
      const [short = ''] = flags.replaceAll('--', '-\\-').split(/[ ,]/)
      assert.ok(head.includes(`Fl ${short.slice(1)}`), `${head}: ${flags}`)
    }
    for (const parameter of parameters) assert.ok(head.includes(`Ar ${parameter.name.slice(1, -1)}`), head)
  }
  for (const { name } of LOCAL_COMMANDS)
    assert.ok(
      heads.some(head => head.startsWith(`Ic ${name}`)),
      name,
    )
})

test('there are details of no command but those there are', () => {
  const names = new Set([...COMMANDS, ...LOCAL_COMMANDS].map(({ name }) => name as string))
  assert.deepEqual(
    Object.keys(COMMAND_DETAILS).filter(name => !names.has(name)),
    [],
  )
})

test('the options of webserver are those of its help', () => {
  const file = join(import.meta.dirname, '../../src/webserver.ts')
  const { stdout } = spawnSync(process.execPath, [file, '--help'], { encoding: 'utf8' })
  const helped = [...stdout.matchAll(/^ {2}((?:-\w, )?--\w+(?: <\w+>)?)/gm)].map(([, flags]) => flags)
  const told = OPTIONS.map(([flags]) => flags.replaceAll('`', '').replace(/\*(.+)\*/, '<$1>'))
  assert.deepEqual(told, helped)
  for (const option of told) assert.ok(webserver.includes(`Fl \\-${/--(\w+)/.exec(option)?.[1]}`), option)
})

test('a page of ours that another names is there', () => {
  const named = PAGES.flatMap(page => renderPage(page, new Date(0)).match(/Xr [( ]*webserver\S* \d/g) ?? [])
  const there = new Set(PAGES.map(({ name, section }) => `Xr ${name} ${section}`))
  assert.ok(named.length > 0)
  assert.deepEqual(
    named.filter(name => !there.has(name)),
    [],
  )
})
