/**
 * All programs in one, told apart by the name it is called by, as busybox does: most of each is Node, and a package that
 * holds it once is half the size.
 */
import { basename } from 'node:path'
import { CHECKER_NAME } from './access/checker-name.ts'

const name = basename(process.argv0)
if (name === 'webserverctl') import('./webserverctl.ts')
else if (name === CHECKER_NAME) import('./access/checker-process.ts')
else import('./webserver.ts')
