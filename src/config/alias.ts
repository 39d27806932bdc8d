import { byteString } from '../http/byte-string.ts'
import type { Alias, Config, Host } from './config.ts'
import { reachesMain } from './values/host-address.ts'

/** The folder of a host's files that have no other. */
export function rootOf({ documentRoot }: Pick<Host, 'documentRoot'>): Alias {
  return { path: '', folder: documentRoot }
}

/**
 * The folder in which the file of a path lies: that of the first Alias that leads to it by whole names.
 *
 * @param path Decoded, as a byte string.
 */
export function aliasOf(path: string, host: Pick<Host, 'alias' | 'documentRoot'>): Alias {
  const found = host.alias.find(alias => {
    const start = byteString(alias.path)
    return path === start || path.startsWith(`${start}/`)
  })
  return found ?? rootOf(host)
}

/** Where the file of a path lies, as a byte string. */
export function fileOf(path: string, { path: start, folder }: Alias): string {
  return byteString(folder === '/' ? '' : folder) + path.slice(byteString(start).length)
}

/** All folders that may be served to somebody, each once. */
export function servedFolders(config: Config): readonly string[] {
  const { listen, hosts } = config
  const isMainReached = reachesMain(
    listen,
    hosts.flatMap(({ at }) => at),
  )
  // A host that is redirected as a whole has none of its own.
  const rooted = hosts.filter(({ origins }) => origins.has('DocumentRoot'))
  const all = [...(isMainReached ? [config] : []), ...rooted]
  return [
    ...new Set(all.flatMap(({ documentRoot, alias }) => [documentRoot, ...alias.map(each => each.folder)])),
  ]
}
