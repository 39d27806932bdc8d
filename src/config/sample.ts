import { tableLines } from '../text/terminal.ts'
import type { Directive } from './directive.ts'
import { DIRECTIVES } from './directives.ts'
import { LOG_ITEMS } from './values/log-format.ts'

/**
 * A configuration file with every directive, each as a comment with its help and its default,
 * and with every item of a LogFormat.
 */
export function sampleConfiguration(): string {
  const directives = DIRECTIVES.map(sampleOf)
  const items = tableLines(Object.values(LOG_ITEMS).map(({ usage, help }) => [usage, help]))
  return `${directives.join('\n')}\n# The items of a LogFormat\n${items.map(line => `#   ${line}\n`).join('')}`
}

function sampleOf(directive: Directive): string {
  const heading = `# ${directive.name} ${directive.usage}\n#   ${directive.help}\n`
  return directive.default === undefined ? heading : `${heading}#${directive.name} ${directive.default}\n`
}
