/**
 * Begins in the binary. A part of the programs is read and compiled when it is asked for: to read all of them takes as long
 * as Node takes to start, and `webserver --version` needs a tenth.
 */
import { createRequire } from 'node:module'
import { getRawAsset } from 'node:sea'
import { compileFunction } from 'node:vm'

interface Part {
  exports: unknown
}

const parts = new Map<string, Part>()
const requireBuiltin = createRequire(process.execPath)

/** @param id Of a part, as in `./serve-5ZQ7.js`, or of a module of Node. */
function load(id: string): unknown {
  if (!id.startsWith('./')) return requireBuiltin(id)
  const name = id.slice(2)
  const known = parts.get(name)
  if (known !== undefined) return known.exports
  const part: Part = { exports: {} }
  parts.set(name, part)
  const code = Buffer.from(getRawAsset(name)).toString('latin1')
  compileFunction(code, ['exports', 'require', 'module'], { filename: name })(part.exports, load, part)
  return part.exports
}

load('./multicall.js')
