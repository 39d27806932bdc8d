import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What is asked of a recipe, and what is to be answered. */
export interface Question {
  readonly host?: string
  readonly path: string
  readonly fields?: readonly string[]
  readonly status: number
  /** Some of the fields; undefined for those that must be absent. */
  readonly answered?: Readonly<Record<string, string | undefined>>
  /** All of the body, or what must be found in it. */
  readonly body?: string | RegExp
  /** What Apache answers otherwise, and why that is left as it is. */
  readonly apache?: Partial<Pick<Question, 'status' | 'answered' | 'body'>> & { readonly because: string }
}

export interface Recipe {
  readonly title: string
  readonly lines: readonly string[]
  readonly questions: readonly Question[]
}

const PAGE = join(import.meta.dirname, '../../docs/recipes.md')
const ALICE = `Authorization: Basic ${Buffer.from('alice:wonderland').toString('base64')}`
const MALLORY = `Authorization: Basic ${Buffer.from('mallory:wonderland').toString('base64')}`

/** Files below /srv, whose content is their name. */
const FILES = [
  ...['one/index.html', 'one/lost.html', 'two/index.html', 'www/index.html', 'www/assets/app.css'],
  ...['app/index.html', 'app/assets/app.js', 'downloads/tool.txt', 'downloads/tool.part'],
  ...['www/members/index.html', 'www/internal/index.html', 'www/fonts/a.woff2', 'www/fonts/a.css'],
]

const QUESTIONS: Readonly<Record<string, readonly Question[]>> = {
  'Two sites on one address': [
    { host: 'one.example', path: '/', status: 200, body: 'one/index.html' },
    { host: 'WWW.One.Example.:80', path: '/', status: 200, body: 'one/index.html' },
    { host: 'two.example', path: '/', status: 200, body: 'two/index.html' },
    { host: 'other.example', path: '/', status: 200, body: 'one/index.html' },
    { host: 'two.example', path: '/lost.html', status: 404 },
  ],
  'Assets for ever, pages asked for each time': [
    { path: '/', status: 200, answered: { 'cache-control': 'no-cache' } },
    {
      path: '/assets/app.css',
      status: 200,
      answered: { 'cache-control': 'max-age=31536000, immutable' },
    },
    { path: '/assets/none.css', status: 404, answered: { 'cache-control': undefined } },
  ],
  'An application of a single page': [
    { path: '/', status: 200, body: 'app/index.html' },
    { path: '/some/page', status: 200, body: 'app/index.html' },
    { path: '/assets/app.js', status: 200, body: 'app/assets/app.js' },
    { path: '/assets/none.js', status: 404 },
  ],
  'Downloads, listed': [
    { path: '/downloads/', status: 200, body: /tool\.txt/ },
    { path: '/downloads/', status: 200, body: /^(?!.*tool\.part)/s },
    {
      path: '/downloads/tool.txt',
      status: 200,
      answered: { 'content-type': 'application/octet-stream' },
    },
    { path: '/downloads/tool.part', status: 200, body: 'downloads/tool.part' },
    { path: '/assets/', status: 403 },
    { path: '/downloads/../../one/index.html', status: 400 },
  ],
  'A folder for members': [
    {
      path: '/members/',
      status: 401,
      answered: { 'www-authenticate': 'Basic realm="Members", charset="UTF-8"' },
      apache: {
        answered: { 'www-authenticate': 'Basic realm="Members"' },
        because: 'browsers are told in which character set names and passwords are sent (RFC 7617 §2.1)',
      },
    },
    { path: '/members/', fields: [ALICE], status: 200, body: 'www/members/index.html' },
    { path: '/members/none', fields: [ALICE], status: 404 },
    { path: '/members/none', status: 401 },
    { path: '/members/', fields: [MALLORY], status: 401 },
    { path: '/', status: 200, body: 'www/index.html' },
  ],
  'The internal network, or a password': [
    { path: '/internal/', status: 401 },
    { path: '/internal/', fields: [ALICE], status: 200, body: 'www/internal/index.html' },
    { path: '/internal/', fields: [MALLORY], status: 401 },
    { path: '/internals', status: 404 },
  ],
  'Fonts for other sites': [
    { path: '/fonts/a.woff2', status: 200, answered: { 'access-control-allow-origin': '*' } },
    { path: '/fonts/a.css', status: 200, answered: { 'access-control-allow-origin': undefined } },
  ],
  'From www to the bare name': [
    { host: 'example.com', path: '/', status: 200, body: 'www/index.html' },
    {
      host: 'www.example.com',
      path: '/a/b?c=d',
      status: 301,
      answered: { location: 'http://example.com/a/b?c=d' },
    },
  ],
  'An error page for each site': [
    { host: 'one.example', path: '/none', status: 404, body: 'one/lost.html' },
    { host: 'two.example', path: '/none', status: 404, body: 'Not here' },
  ],
  'A log for each site': [
    { host: 'one.example', path: '/lost.html', status: 200 },
    { host: 'two.example', path: '/none', status: 404 },
  ],
}

/** The recipes of docs/recipes.md, with what is asked of each. */
export function readRecipes(): readonly Recipe[] {
  const sections = readFileSync(PAGE, 'utf8').split(/^## /m).slice(1)
  return sections.flatMap(section => {
    const title = section.split('\n', 1).join()
    const block = /```apache\n(.*?)```/s.exec(section)?.[1]
    if (block === undefined) return []
    const questions = QUESTIONS[title]
    if (questions === undefined) throw new Error(`Expected questions about the recipe "${title}"`)
    return [{ title, lines: block.trimEnd().split('\n'), questions }]
  })
}

/** Makes what the recipes name in a folder, and gives the lines of one as they are there. */
export function prepare({ lines }: Recipe, folder: string): string[] {
  for (const name of FILES) write(join(folder, 'srv', name), name)
  const users = join(folder, 'etc/users')
  write(users, `alice:{SHA}${createHash('sha1').update('wonderland').digest('base64')}\n`)
  chmodSync(users, 0o640)
  return lines.map(line =>
    line
      .replaceAll('/srv/', `${folder}/srv/`)
      .replaceAll('/etc/webserver/', `${folder}/etc/`)
      .replaceAll('/var/log/webserver/', `${folder}/var/log/`)
      .replace('*:80', '*'),
  )
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

/** A question as it is sent; the connection ends with the answer. */
export function bytesOf({ host = 'www.example.com', path, fields = [] }: Question): string {
  return [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...fields, '', ''].join('\r\n')
}
