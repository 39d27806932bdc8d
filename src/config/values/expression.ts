import { Expression } from '../../text/expression.ts'
import type { Arguments } from '../arguments.ts'
import { text } from './values.ts'

/** Takes a regular expression that can be compiled, and cannot run long. */
export function takeExpressionText(args: Arguments): string {
  const pattern = args.take(text('a regular expression such as "\\.(css|js)$"'))
  try {
    Expression.of(pattern)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw args.mistake(
      `Expected a regular expression of RE2, got ${JSON.stringify(pattern)}: ${error.message}`,
    )
  }
  return pattern
}
