import { readFileSync, writeFileSync } from 'node:fs'

/** A table whose columns line up, so that it can be read as it is. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/**
 * Puts a text into a page, between `<!-- measured by COMMAND -->` and `<!-- end -->`.
 *
 * @throws When the page lacks the markers.
 */
export function putIntoPage(file: string, command: string, text: string): void {
  const page = readFileSync(file, 'utf8')
  const between = new RegExp(`(?<=<!-- measured by ${RegExp.escape(command)} -->\n)[^]*?(?=<!-- end -->)`)
  if (!between.test(page)) throw new Error(`Expected markers for the result of "${command}" in ${file}`)
  writeFileSync(
    file,
    page.replace(between, () => `\n${text}\n\n`),
  )
}
