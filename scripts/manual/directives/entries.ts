import type { DirectiveName } from '../../../src/config/directives.ts'
import { ACCESS } from './access.ts'
import { CONNECTIONS } from './connections.ts'
import { CONTENT } from './content.ts'
import type { Entry, Group } from './entry.ts'
import { HTTPS } from './https.ts'
import { LOGS } from './logs.ts'
import { PROXIES } from './proxies.ts'
import { RESPONSES } from './responses.ts'
import { SERVER } from './server.ts'

/** In the order of the page. */
export const GROUPS: readonly Group[] = [
  SERVER,
  HTTPS,
  PROXIES,
  CONTENT,
  ACCESS,
  RESPONSES,
  CONNECTIONS,
  LOGS,
]

/** Of every directive there is: the compiler names one that is missing. */
export const ENTRIES: Readonly<Record<DirectiveName, Entry>> = {
  ...SERVER.entries,
  ...HTTPS.entries,
  ...PROXIES.entries,
  ...CONTENT.entries,
  ...ACCESS.entries,
  ...RESPONSES.entries,
  ...CONNECTIONS.entries,
  ...LOGS.entries,
}
