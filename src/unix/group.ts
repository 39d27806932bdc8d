import { readFileSync } from 'node:fs'
import { codeOf } from '../errors.ts'

/** The number of a group of this machine, by its name in group(5), or by that number; undefined where there is none. */
export function groupId(group: string): number | undefined {
  if (/^\d{1,9}$/.test(group)) return Number(group)
  const entry = entries().find(([name]) => name === group)
  return entry?.[2] === undefined ? undefined : Number(entry[2])
}

/** As name, password, number and members. */
function entries(): string[][] {
  try {
    const lines = readFileSync('/etc/group', 'utf8').split('\n')
    return lines.map(line => line.split(':'))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}
