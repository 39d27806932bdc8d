import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** What one answer must be; what is not said of it may be anything. */
export interface ExpectedAnswer {
  readonly status: number
  /** Whether it ends with its head, whatever its Content-Length says. */
  readonly bodiless: boolean
  /** By lower-case name; undefined is a field that must not be there. */
  readonly fields: Map<string, string | undefined>
  body: string | undefined
}

/** What a client sends at once, and what comes back for it. */
export interface CorpusStep {
  bytes: string
  /** Whether the client sends no more after these bytes. */
  ends: boolean
  readonly answers: ExpectedAnswer[]
}

/** One case of test/http; its texts are byte strings. */
export interface CorpusCase {
  readonly title: string
  /** The name of its file, without extension. */
  readonly topic: string
  /** Where it begins, as `file:line`. */
  readonly place: string
  readonly steps: readonly CorpusStep[]
  /** Whether the server closes at the end. */
  readonly closes: boolean
}

const HEADING = /^### .*/gm
const CASE = /^### (?<title>.+)\n\n(?:[^#`\n].*\n+)*```http\n(?<block>(?:[^`\n].*\n)*)```$/gm
const ESCAPE = /\\(?:([rnt0\\])|x([0-9a-f]{2})|\((\w+)\)|\((.+?) \* (\d+)\)|)/g
const NAMED: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', 0: '\0', '\\': '\\' }
const ANSWER_PART = /^(?:"(?<body>.*)"|no (?<absent>[\w-]+)|(?<name>[\w-]+): (?<value>.*))$/s

/**
 * Reads every case of test/http, in the notation its README explains.
 *
 * @param values What the names stand for that the cases leave open, such as `etag`.
 * @throws An Error that names the place of what it cannot read.
 */
export function readCorpus(values: Readonly<Record<string, string>>): CorpusCase[] {
  return globSync(join(import.meta.dirname, '../http/*.md'))
    .sort()
    .flatMap(path => readTopic(path, values))
}

function readTopic(path: string, values: Readonly<Record<string, string>>): CorpusCase[] {
  const file = basename(path)
  const markdown = readFileSync(path, 'latin1')
  const cases = [...markdown.matchAll(CASE)]
  const readable = new Set(cases.map(({ index }) => index))
  const unreadable = [...markdown.matchAll(HEADING)].find(({ index }) => !readable.has(index))
  if (unreadable !== undefined) {
    throw new Error(`Expected a case, got something else: ${placeIn(file, markdown, unreadable.index)}`)
  }
  return cases.map(({ groups, index }) => {
    const place = placeIn(file, markdown, index)
    const title = Buffer.from(groups?.['title'] ?? '', 'latin1').toString()
    try {
      return { title, topic: basename(file, '.md'), place, ...readBlock(groups?.['block'] ?? '', values) }
    } catch (error) {
      throw new Error(`Could not read the case at ${place}`, { cause: error })
    }
  })
}

function placeIn(file: string, markdown: string, index: number): string {
  return `${file}:${markdown.slice(0, index).split('\n').length}`
}

function readBlock(block: string, values: Readonly<Record<string, string>>) {
  const steps: CorpusStep[] = []
  const lines = block.split('\n').slice(0, -1)
  const closes = lines.at(-1) === '< closes'
  for (const line of closes ? lines.slice(0, -1) : lines) {
    const step = steps.at(-1)
    if (line.startsWith('< ') && step !== undefined) readAnswer(decode(line.slice(2), values), step.answers)
    else if (step === undefined || step.answers.length > 0) steps.push(sending(line, values))
    else if (line === '(end)') step.ends = true
    else step.bytes += decode(line, values)
  }
  return { steps, closes }
}

function sending(line: string, values: Readonly<Record<string, string>>): CorpusStep {
  const ends = line === '(end)'
  return { bytes: ends ? '' : decode(line, values), ends, answers: [] }
}

/** Takes in what one line says: that there is an answer, or something of the last. */
function readAnswer(line: string, answers: ExpectedAnswer[]): void {
  const [, status, bodiless] = /^([1-5]\d\d)( no body)?$/.exec(line) ?? []
  if (status !== undefined) {
    answers.push({
      status: Number(status),
      bodiless: bodiless !== undefined,
      fields: new Map(),
      body: undefined,
    })
    return
  }
  const answer = answers.at(-1)
  const part = ANSWER_PART.exec(line)?.groups
  if (answer === undefined || part === undefined) throw new Error(`Expected an answer, got "${line}"`)
  const { body, absent, name, value } = part
  if (body !== undefined) answer.body = body
  else if (absent !== undefined) answer.fields.set(absent.toLowerCase(), undefined)
  else if (name !== undefined) answer.fields.set(name.toLowerCase(), value)
}

function decode(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(
    ESCAPE,
    (all, named?: string, hex?: string, value?: string, run?: string, count?: string) => {
      if (named !== undefined) return NAMED[named] ?? ''
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      if (run !== undefined) return decode(run, values).repeat(Number(count))
      const known = values[value ?? '']
      if (known === undefined) throw new Error(`Expected an escape that is known, got "${all}": ${text}`)
      return known
    },
  )
}
