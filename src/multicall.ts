/**
 * Both programs in one, told apart by the name it is called by, as busybox does: most of either is Node, and a
 * package that holds it once is half the size.
 */
import { basename } from 'node:path'

if (basename(process.argv0) === 'webserverctl') import('./webserverctl.ts')
else import('./webserver.ts')
