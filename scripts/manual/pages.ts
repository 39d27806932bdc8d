import type { Page } from './page.ts'
import { webserverPage } from './webserver.ts'
import { webserverConfPage } from './webserver-conf.ts'
import { webserverctlPage } from './webserverctl.ts'

/** All pages of the manual. */
export const PAGES: readonly Page[] = [webserverPage(), webserverctlPage(), webserverConfPage()]
