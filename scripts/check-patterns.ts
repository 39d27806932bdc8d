/**
 * Checks that every regular expression takes time in proportion to the text it reads, whoever wrote that: one that
 * begins again at each place, or tries in each of many ways, lets a few kilobytes from a client hold up everybody.
 * It is decided, not measured: recheck makes an automaton of a pattern, which tells whether any text takes longer.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { getCallSites } from 'node:util'
import { type CallExpression, type NewExpression, parseSync, Visitor } from 'oxc-parser'
import { check } from 'recheck'

interface Pattern {
  readonly source: string
  readonly flags: string
  readonly line: number
  /** Whether it is applied again behind each match. */
  readonly repeated: boolean
}

/** Milliseconds for one pattern; most take ten, on a machine that has nothing else to do. */
const LIMIT = 120_000
const UNKNOWN = 'Expected a pattern that is there when the module is loaded'
/** Behind a pattern this makes every match fail, for no pattern reads it on purpose. */
const NOWHERE = '\\uE000'
/** One class of characters, again and again: a match reads one character more than it takes. */
const RUN = /^(?:\\?[^[\\]|\[(?:[^\\\]]|\\.)+\])\+$/s

/** What is wrong with the patterns in these modules, each as `path:line: message`; those that compose any are loaded. */
export async function findSlowPatterns(paths: readonly string[]): Promise<string[]> {
  const modules = paths.map(path => ({ path, ...patternsIn(path, readFileSync(path, 'utf8')) }))
  const made = await patternsMadeBy(modules.filter(each => each.composed.length > 0).map(each => each.path))
  const objections: string[] = []
  for (const { path, literals, composed, late } of modules) {
    const ofModule = made.get(pathToFileURL(resolve(path)).href) ?? []
    const unmade = composed.filter(line => !ofModule.some(pattern => pattern.line === line))
    objections.push(...[...late, ...unmade].map(line => `${path}:${line}: ${UNKNOWN}`))
    for (const pattern of [...literals, ...ofModule]) {
      const objection = await objectTo(pattern)
      if (objection !== undefined) objections.push(`${path}:${pattern.line}: ${objection}`)
    }
  }
  return objections
}

/** The patterns that stand there, and the lines in which others are put together: some as late as in a function. */
function patternsIn(path: string, source: string) {
  const found = { literals: [] as Pattern[], composed: [] as number[], late: [] as number[] }
  const splitters = new Set<number>()
  const lineOf = (offset: number) => source.slice(0, offset).split('\n').length
  let depth = 0
  const enter = () => void depth++
  const leave = () => void depth--
  const compose = ({ callee, start }: NewExpression | CallExpression) => {
    if (callee.type !== 'Identifier' || callee.name !== 'RegExp') return
    found[depth === 0 ? 'composed' : 'late'].push(lineOf(start))
  }
  new Visitor({
    NewExpression: compose,
    CallExpression(call) {
      compose(call)
      const { callee, arguments: args } = call
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return
      if (callee.property.name === 'split' && args[0] !== undefined) splitters.add(args[0].start)
    },
    Literal(node) {
      if (!('regex' in node)) return
      const { pattern, flags } = node.regex
      const repeated = isRepeated(flags) || splitters.has(node.start)
      found.literals.push({ source: pattern, flags, line: lineOf(node.start), repeated })
    },
    ...{ FunctionDeclaration: enter, FunctionExpression: enter, ArrowFunctionExpression: enter },
    'FunctionDeclaration:exit': leave,
    'FunctionExpression:exit': leave,
    'ArrowFunctionExpression:exit': leave,
  }).visit(parseSync(path, source).program)
  return found
}

/** The patterns that are put together while these modules are loaded, by the URL of the module that does it. */
async function patternsMadeBy(paths: readonly string[]): Promise<Map<string, Pattern[]>> {
  const made = new Map<string, Pattern[]>()
  const record = (target: RegExpConstructor, args: [string, string?]) => {
    const pattern = new target(...args)
    const { source, flags } = pattern
    const site = getCallSites().find(({ scriptName }) => scriptName !== import.meta.url)
    if (site !== undefined) {
      const known = made.getOrInsert(site.scriptName, [])
      known.push({ source, flags, line: site.lineNumber, repeated: isRepeated(flags) })
    }
    return pattern
  }
  const original = globalThis.RegExp
  globalThis.RegExp = new Proxy(original, {
    construct: record,
    apply: (target, _this, args: [string, string?]) => record(target, args),
  })
  try {
    for (const path of paths) await import(pathToFileURL(resolve(path)).href)
  } finally {
    globalThis.RegExp = original
  }
  return made
}

function isRepeated(flags: string): boolean {
  return flags.includes('g') || flags.includes('y')
}

async function objectTo({ source, flags, repeated }: Pattern): Promise<string | undefined> {
  const reason = await slownessOf(source, flags)
  if (reason !== undefined) return `Expected linear time, got /${source}/${flags}: ${reason}`
  // Each match by itself may be quick and read all the rest of the text, as with /a(?:.*b)?/g.
  if (!repeated || RUN.test(source)) return undefined
  const together = await slownessOf(`(?:${source})${NOWHERE}`, flags)
  return together && `Expected linear time for all matches together, got /${source}/${flags}: ${together}`
}

/** Undefined for a pattern in linear time. */
async function slownessOf(source: string, flags: string): Promise<string | undefined> {
  const result = await check(source, flags, { checker: 'automaton', timeout: LIMIT })
  switch (result.status) {
    case 'safe':
      return undefined
    case 'vulnerable':
      return `${result.complexity.summary}, for ${result.attack.pattern}`
    case 'unknown':
      return `undecided: ${'message' in result.error ? result.error.message : result.error.kind}`
    default:
      return result satisfies never
  }
}
