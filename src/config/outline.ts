import type { Config, FolderSection, Host } from './config.ts'
import { formatHostAddress, reachesMain } from './values/host-address.ts'

/**
 * Who answers what, in lines for people: each address with its hosts, and for each host the sections that may hold, in the order
 * in which they are merged.
 */
export function outlineOf(config: Config): string[] {
  const at = config.hosts.flatMap(host => host.at)
  const addresses = [...new Set(at.map(formatHostAddress))]
  const blocks = addresses.flatMap(address => {
    const hosts = config.hosts.filter(host => host.at.map(formatHostAddress).includes(address))
    return [address, ...hosts.flatMap((host, index) => hostLines(host, index === 0))]
  })
  if (!reachesMain(config.listen, at)) return blocks
  const heading = config.hosts.length === 0 ? 'All addresses' : 'All other addresses'
  return [...blocks, heading, ...hostLines(config, true)]
}

function hostLines(host: Host, isFirst: boolean): string[] {
  const others = host.strictHostCheck ? ', and refuses all others' : ', and all others'
  const names = host.names.length === 0 ? 'all' : host.names.join(' ')
  const folders = [['/', host.documentRoot], ...host.alias.map(({ path, folder }) => [path, folder])]
  return [
    `  ${names}${isFirst && host.names.length > 0 ? others : ''}`,
    ...folders.map(([path, folder]) => `    ${path} is ${folder}`),
    ...inMergeOrder(host.sections).map(section => `    ${tagOf(section)} at ${section.origin}`),
  ]
}

/** Sections in the order in which they are merged, which is that of Apache; the last that decides something has the last word. */
export function inMergeOrder(sections: readonly FolderSection[]): readonly FolderSection[] {
  const directories = ofKind('Directory', sections).toSorted((one, other) => depthOf(one) - depthOf(other))
  const files = [...ofKind('Files', sections), ...directories.flatMap(directory => directory.files)]
  return [...directories, ...files, ...ofKind('Location', sections)]
}

function ofKind(kind: FolderSection['kind'], sections: readonly FolderSection[]): readonly FolderSection[] {
  return sections.filter(section => section.kind === kind)
}

/** Expressions come after all folders. */
function depthOf({ pattern, matching }: FolderSection): number {
  if (matching === 'expression') return Number.MAX_SAFE_INTEGER
  return pattern.split('/').filter(name => name !== '').length
}

function tagOf({ kind, matching, pattern }: FolderSection): string {
  return `<${kind}${matching === 'expression' ? 'Match' : ''} ${pattern}>`
}
