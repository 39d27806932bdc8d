import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { defaultConfigFile, loadConfig } from './load.ts'
import { ConfigError, formatProblem } from './problem.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'config-'))
  mkdirSync(join(root, 'var/www'), { recursive: true })
})
afterEach(() => {
  rmSync(root, { recursive: true })
})

/** Answers the path of a file written below the root. */
function write(name: string, text: string): string {
  const file = join(root, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

/** The problems as a person reads them, with the root left out. */
function problems(file: string): string[] {
  try {
    loadConfig(file)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return withoutRoot(error.problems.map(formatProblem))
  }
  return []
}

function withoutRoot(lines: readonly string[]): string[] {
  return lines.map(line => line.replaceAll(`${root}/`, ''))
}

/** The same for a user whom permissions bind: where the tests run as root, a process that gives that up. */
function problemsWithoutPrivilege(file: string): string[] {
  if (process.getuid?.() !== 0) return problems(file)
  const script = `
    const { loadConfig } = await import(${JSON.stringify(import.meta.resolve('./load.ts'))})
    process.setuid(65534)
    try { loadConfig(${JSON.stringify(file)}) } catch (error) { console.log(error.message) }`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    // It may not write coverage where we may.
    env: { NODE_V8_COVERAGE: '' },
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  return withoutRoot(stdout.trimEnd().split('\n'))
}

test('takes the folder above etc for ServerRoot, and the name of the machine for ServerName', () => {
  const config = loadConfig(write('etc/webserver.conf', 'Listen 80'))
  assert.equal(config.file, join(root, 'etc/webserver.conf'))
  assert.equal(config.serverRoot, root)
  assert.equal(config.documentRoot, join(root, 'var/www'))
  assert.equal(config.serverName, hostname())
})

test('takes the folder of the file for ServerRoot when it is not called etc', () => {
  assert.equal(loadConfig(write('webserver.conf', '')).serverRoot, root)
})

test('reports ten different mistakes at once, each at its place', () => {
  const file = write(
    'etc/webserver.conf',
    [
      'Lisen 8080',
      'KeepAliveTimeout 5x',
      'Listen 127.0.0.1:99999',
      'DocumentRoot "var/www',
      '<Directory />',
      'Header set Connection b',
      'LogLevel',
      'CustomLog var/log/access.log \\',
      '  "%h %E"',
      'ServerTokens Full Prod',
      'Timeout 5',
      'Timeout 6',
    ].join('\r\n'),
  )
  assert.deepEqual(
    problems(file).map(problem => problem.replace(/^(\S+:\d+:\d+: .{0,24}).*/, '$1')),
    [
      'etc/webserver.conf:1:1: Unknown directive "Lisen',
      'etc/webserver.conf:2:18: Expected a duration such',
      'etc/webserver.conf:3:8: Expected a port or addre',
      'etc/webserver.conf:4:14: Expected a closing ", go',
      'etc/webserver.conf:5:1: <Directory> is not close',
      'etc/webserver.conf:6:12: Expected a field other t',
      'etc/webserver.conf:7:9: Expected emerg, alert, c',
      'etc/webserver.conf:9:7: Unknown item "%E" in the',
      'etc/webserver.conf:10:19: Expected nothing behind ',
      'etc/webserver.conf:12:1: Timeout is given already',
    ],
  )
})

test('says in one line that there is no such file, or that it may not be read', () => {
  assert.deepEqual(problems(join(root, 'none.conf')), [
    'none.conf: Cannot read "none.conf": no such file or folder, create it or name another',
  ])
  assert.match(problems(root)[0] ?? '', /: it is a folder, name a file$/)
  const file = write('etc/webserver.conf', '')
  chmodSync(root, 0o755)
  chmodSync(file, 0o000)
  assert.match(problemsWithoutPrivilege(file)[0] ?? '', /Cannot read .*: permission denied, give it to/)
})

test('includes the files that match a pattern by name, relative to ServerRoot, in the place of the Include', () => {
  write('site/conf.d/b.conf', 'Listen 3')
  write('site/conf.d/a.conf', 'Listen 2\nInclude conf.d/deeper/more')
  write('site/conf.d/deeper/more', 'DocumentRoot files')
  write('site/conf.d/c.off', 'Listen 5')
  mkdirSync(join(root, 'site/files'))
  const file = write('etc/webserver.conf', 'Listen 1\nInclude conf.d/*.conf\nListen 4\nServerRoot site')

  const config = loadConfig(file)
  assert.deepEqual(
    config.listen.map(({ port }) => port),
    [1, 2, 3, 4],
  )
  assert.equal(config.documentRoot, join(root, 'site/files'))
})

test('includes nothing for a pattern without a match, even below a folder named like a pattern', () => {
  const file = write(
    '[a]/etc/webserver.conf',
    'Include conf.d/*.conf\nDocumentRoot www\nInclude etc/[l]*.conf',
  )
  mkdirSync(join(root, '[a]/www'))
  write('[a]/etc/listen.conf', 'Listen 80')
  assert.equal(loadConfig(file).listen.length, 1)
})

test('reports the mistakes of included files at their own places, after those of the file that includes them', () => {
  write('conf.d/a.conf', '\nTimeout x\nServerRoot /\nListen 80')
  const file = write('webserver.conf', 'Include conf.d/a.conf\nInclude conf.d/none.conf\nListen 80\nInclude')
  assert.deepEqual(
    problems(file).map(problem => problem.replace(/(: .*?[,:])(?: .*)?$/, '$1')),
    [
      'webserver.conf:2:9: Cannot read "conf.d/none.conf":',
      'webserver.conf:3:1: Listen *:80 overlaps with it and is given at conf.d/a.conf:4:1:',
      'webserver.conf:4:8: Expected a path,',
      'conf.d/a.conf:2:9: Expected a duration such as 500ms,',
      'conf.d/a.conf:3:1: ServerRoot belongs in the file that includes the others:',
    ],
  )
})

test('refuses a file that includes itself, by any name and over any detour', () => {
  write('a.conf', 'Include b.conf')
  write('b.conf', 'Include link.conf')
  symlinkSync('a.conf', join(root, 'link.conf'))
  assert.deepEqual(problems(join(root, 'a.conf')), [
    'b.conf:1:9: Cannot include "link.conf": it would include itself',
  ])
})

test('refuses a DocumentRoot that is missing, is a file, or may not be read', () => {
  write('file', '')
  const refusals = ['gone', 'file', 'file/below'].map(name =>
    problems(write('w.conf', `DocumentRoot ${name}`)).join(),
  )
  assert.deepEqual(refusals, [
    'w.conf:1:14: Cannot use "gone": no such file or folder, create it or name another: DocumentRoot folder',
    'w.conf:1:14: Cannot use "file": a file stands where a folder should, name another: DocumentRoot folder',
    'w.conf:1:14: Cannot use "file/below": a file stands where a folder should, name another: DocumentRoot folder',
  ])

  mkdirSync(join(root, 'closed'), { mode: 0o000 })
  chmodSync(root, 0o755)
  const file = write('w.conf', 'DocumentRoot closed')
  assert.match(problemsWithoutPrivilege(file).join(), /^w\.conf:1:14: Cannot use "closed": permission denied/)
})

test('names the default that cannot be used, but only when nothing else is wrong', () => {
  rmSync(join(root, 'var/www'), { recursive: true })
  assert.deepEqual(problems(write('w.conf', '')), [
    'w.conf: Cannot use "var/www": no such file or folder, create it or name another: DocumentRoot folder',
  ])
  assert.equal(problems(write('w.conf', 'Timeout x')).length, 1)
})

test('reports a missing ServerRoot, and not besides all that would be in it', () => {
  const file = write('w.conf', 'ServerRoot gone\nDocumentRoot www\nErrorLog /dev/null/e.log')
  assert.deepEqual(
    problems(file).map(problem => problem.slice(0, 40)),
    ['w.conf:1:12: Cannot use "gone": no such ', 'w.conf:3:10: Cannot make "/dev/null/e.lo'],
  )
})

test('refuses logs and a control socket that cannot be made, and makes nothing itself', () => {
  write('file', '')
  mkdirSync(join(root, 'folder'))
  mkdirSync(join(root, 'closed'), { mode: 0o555 })
  chmodSync(root, 0o755)
  const file = write(
    'w.conf',
    'ErrorLog file/e.log\nCustomLog folder json\nCustomLog closed/new/a.log json\nControlSocket file',
  )
  assert.deepEqual(problemsWithoutPrivilege(file), [
    'w.conf:1:10: Cannot make "file/e.log" in "file": a file stands where a folder should, name another: ErrorLog file|journal|stderr|stdout',
    'w.conf:2:11: Cannot write "folder": it is a folder, name a file: CustomLog file|stdout|stderr|journal|off format-name|"format"',
    'w.conf:3:11: Cannot make "closed/new/a.log" in "closed": permission denied, give it to the user of the server or name another: CustomLog file|stdout|stderr|journal|off format-name|"format"',
    'w.conf:4:15: Cannot make a socket of "file": something else stands there, move it or name another: ControlSocket file',
  ])
})

test('accepts logs in folders that will be made, and in a file that may be written', () => {
  const file = write(
    'w.conf',
    'ErrorLog new/folder/e.log\nCustomLog a.log json\nControlSocket new/run/w.sock',
  )
  write('a.log', '')
  assert.equal(loadConfig(file).controlSocket, join(root, 'new/run/w.sock'))
})

test('accepts the configuration that comes with the server', () => {
  const config = loadConfig(defaultConfigFile())
  assert.deepEqual(config.listen, [{ host: undefined, port: 8080 }])
  assert.equal(config.documentRoot, join(import.meta.dirname, '../../var/www'))
})

test("refuses to serve what is the server's own, wherever links lead, and names all of it", () => {
  const config = write('etc/webserver.conf', 'Listen 80\nDocumentRoot .\nInclude etc/more.conf')
  write('etc/more.conf', 'KeepAlive On')
  assert.deepEqual(problems(config), [
    `etc/webserver.conf:2:14: Cannot serve "${root}": it would publish the configuration "etc/webserver.conf"; ` +
      'the configuration "etc/more.conf"; a socket, "var/run/webserver.sock"; ' +
      'a log, "var/log/error.log"; a log, "var/log/access.log"; ' +
      'name a folder with nothing else in it: DocumentRoot folder',
  ])
  symlinkSync(join(root, 'var/www'), join(root, 'logs'))
  assert.deepEqual(problems(write('etc/webserver.conf', 'Listen 80\nCustomLog logs/new/access.log common')), [
    'etc/webserver.conf:2:11: Cannot serve "var/www": it would publish a log, "logs/new/access.log"; ' +
      'name a folder with nothing else in it: CustomLog file|stdout|stderr|journal|off format-name|"format"',
  ])
  mkdirSync(join(root, 'var/www2'))
  assert.deepEqual(problems(write('etc/webserver.conf', 'Listen 80\nErrorLog var/www2/error.log')), [])
})

test('refuses to serve all there is, and warns of a home, but not of a folder in it', () => {
  const config = (folder: string) => write('etc/webserver.conf', `Listen 80\nDocumentRoot ${folder}`)
  assert.match(
    problems(config('/')).join(),
    /^etc\/webserver\.conf:2:14: Cannot serve "\/": it would publish the conf/,
  )
  assert.match(
    loadConfig(config('/home')).warnings.map(formatProblem).join(),
    /:2:14: Everything in "\/home", somebody's home, is served .*; name a folder below it: DocumentRoot folder$/,
  )
  assert.deepEqual(loadConfig(config('var/www')).warnings, [])
})
