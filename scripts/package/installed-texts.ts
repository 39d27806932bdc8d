import { adapt, type Differences } from './adapt.ts'

const CONFIGURATION: Differences = [
  ['Relative paths begin at the folder above this one.', 'Relative paths begin at the folder of this file.'],
  ['Listen 8080', 'Listen 80'],
  ['DocumentRoot var/www', 'DocumentRoot /var/www/html'],
  ['CustomLog var/log/access.log', 'CustomLog /var/log/webserver/access.log'],
  ['ErrorLog var/log/error.log', 'ErrorLog /var/log/webserver/error.log'],
  ['ControlSocket var/run/webserver.sock', 'ControlSocket /run/webserver/webserver.sock'],
  ['Include etc/conf.d/*.conf', 'Include /etc/webserver/conf.d/*.conf'],
]

const FIRST_PAGE: Differences = [
  [
    '<p>Paths and commands are those of the checkout. An installed server is asked with <code>webserverctl status</code> and the like.</p>\n',
    '',
  ],
  ['<code>var/www</code>', '<code>/var/www/html</code>'],
  ['<code>etc/webserver.conf</code>', '<code>/etc/webserver/webserver.conf</code>'],
  ['<code>npm run ctl -- reload</code>', '<code>systemctl reload webserver</code>'],
  ['<code>tail -F var/log/access.log</code>', '<code>tail -F /var/log/webserver/access.log</code>'],
  ['<code>npm run ctl -- status</code>', '<code>webserverctl status</code>'],
  ['<code>npm run ctl -- stop</code>', '<code>systemctl stop webserver</code>'],
  ['Or Ctrl-C where you started it. What', 'What'],
]

/** What tells that a text speaks of a checkout: its folders, relative, and npm. */
const CHECKOUT = /(?<![\w/])(?:etc|var)\/[\w.*/]+|\bnpm run\b.*/

/** The configuration of an installed server, made of that of a checkout; throws an Error when they have drifted apart. */
export function installedConfiguration(text: string): string {
  return adaptWhole('etc/webserver.conf', text, CONFIGURATION)
}

/** The page that an installed server begins with, made of that of a checkout; throws an Error as above. */
export function installedFirstPage(text: string): string {
  return adaptWhole('var/www/index.html', text, FIRST_PAGE)
}

function adaptWhole(name: string, text: string, differences: Differences): string {
  const adapted = adapt(name, text, differences)
  const left = CHECKOUT.exec(adapted)?.[0]
  if (left !== undefined)
    throw new Error(`Expected ${name} to be for a system, found "${left}": say what it is there`)
  return adapted
}
