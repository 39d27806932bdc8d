import { utimesSync } from 'node:fs'
import { get } from './client.ts'
import { Daemon } from './daemon.ts'

const FILES: Readonly<Record<string, string>> = {
  'index.html': 'home',
  'alphabet.txt': 'abcdefghijklmnopqrstuvwxyz',
  'empty.txt': '',
  'long.txt': '0123456789'.repeat(100),
  'epoch.txt': 'old',
  'folder/page.html': 'page',
  'a b.txt': 'space',
  '%41.txt': 'percent',
  'ü.txt': 'umlaut',
  '..c.txt': 'dots',
  '.hidden': 'hidden',
  '.well-known/known.txt': 'known',
}

const CONFIG = [
  'LimitRequestLine 128',
  'LimitRequestFields 10',
  'LimitRequestFieldSize 128',
  'LimitRequestBody 100',
  'MaxKeepAliveRequests 0',
  'LogFormat "%{remote}p %>s" port-and-status',
  'CustomLog var/log/access.log port-and-status',
]

/** The limits of that daemon, as its parser is given them. */
export const CORPUS_LIMITS = { head: { requestLine: 128, fields: 10, fieldSize: 128 }, body: 100 }

/**
 * The daemon that test/http/README.md speaks of. Its access log has the client's port and the status of each
 * request.
 */
export async function startCorpusDaemon(): Promise<Daemon> {
  const daemon = await Daemon.start({ files: FILES, config: CONFIG })
  changeTime(daemon, 'alphabet.txt', '2024-02-29T12:34:56Z')
  changeTime(daemon, 'epoch.txt', '1970-01-01T00:00:01Z')
  return daemon
}

function changeTime(daemon: Daemon, name: string, time: string): void {
  utimesSync(daemon.folder.resolve(`var/www/${name}`), new Date(time), new Date(time))
}

/** What the names in the corpus stand for. */
export async function corpusValues(daemon: Daemon): Promise<Record<string, string>> {
  const { fields } = await daemon.ask(get('/alphabet.txt'))
  return { etag: fields.get('etag') ?? '' }
}
