/**
 * Preloaded into a daemon under test, this has every function that a module of src exports, and every method, throw once:
 * the next time it is called. SIGUSR2 has the name of the module read from the file FAULT_MODULE; what has thrown is added
 * to FAULT_MODULE.thrown.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

const SOURCE = new URL('../../src/', import.meta.url).href
const REAL = '?real'
const EXPORTS = /^export (?:async )?(?<kind>function\*?|class|const) (?<name>\w+)/gm

const file = process.env['FAULT_MODULE'] ?? ''
const points = new Set<string>()
/** Those that throw when they are called next. */
const armed = new Set<string>()

process.on('SIGUSR2', () => {
  const module = readFileSync(file, 'utf8')
  armed.clear()
  for (const point of points) if (point.startsWith(`${module}:`)) armed.add(point)
  writeFileSync(`${file}.thrown`, '')
})

/** A fault is seen to before there is another. */
let isHandling = false

function pass(point: string): void {
  if (isHandling || !armed.delete(point)) return
  isHandling = true
  setImmediate(() => {
    isHandling = false
  })
  appendFileSync(`${file}.thrown`, `${point}\n`)
  throw new Error(`On purpose: ${point};`)
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

function failing(point: string, real: AnyFunction): AnyFunction {
  points.add(point)
  return function (this: unknown, ...args) {
    pass(point)
    return Reflect.apply(real, this, args)
  }
}

/** A class whose construction, methods and accessors can fail. */
function failingClass(point: string, real: new (...args: unknown[]) => object): unknown {
  for (const [owner, prefix] of [
    [real, `${point}.`],
    [real.prototype, `${point}#`],
  ] as const) {
    for (const key of Reflect.ownKeys(owner)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(owner, key)
      // What gives something back cannot fail without losing it.
      if (key === Symbol.dispose || key === Symbol.asyncDispose) continue
      if (key === 'constructor' || descriptor?.configurable !== true) continue
      const name = `${prefix}${typeof key === 'symbol' ? key.description : key}`
      if (typeof descriptor.value === 'function') descriptor.value = failing(name, descriptor.value)
      else if (descriptor.get !== undefined) descriptor.get = failing(name, descriptor.get)
      else continue
      Reflect.defineProperty(owner, key, descriptor)
    }
  }
  points.add(`${point}()`)
  return new Proxy(real, {
    construct(target, args, newTarget) {
      pass(`${point}()`)
      return Reflect.construct(target, args, newTarget)
    },
  })
}

function made(module: string, kind: string, name: string, real: unknown): unknown {
  const point = `${module}:${name}`
  if (kind === 'class') return failingClass(point, real as new () => object)
  return typeof real === 'function' ? failing(point, real as AnyFunction) : real
}

Reflect.set(globalThis, 'madeToFail', made)

/** Stands in for a module: what it exports can fail. */
function standIn(url: string): string {
  const module = url.slice(SOURCE.length)
  const exported = [...readFileSync(fileURLToPath(url), 'utf8').matchAll(EXPORTS)].map(({ groups }) => {
    const { kind, name } = groups ?? {}
    return `export const ${name} = madeToFail(${JSON.stringify(module)}, ${JSON.stringify(kind)}, ${JSON.stringify(name)}, real.${name})`
  })
  return [`import * as real from ${JSON.stringify(url + REAL)}`, ...exported].join('\n')
}

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith(SOURCE) || !url.endsWith('.ts')) return nextLoad(url, context)
    return { format: 'module', source: standIn(url), shortCircuit: true }
  },
})
