import type { FolderEntry } from '../files/open-folder.ts'
import { encodeByte, encodePath } from '../http/response/respond.ts'
import { escapeHtml } from '../text/html.ts'
import { contentSecurityPolicy, PAGE_STYLE } from '../text/page-style.ts'
import { formatCount, formatNumberOf, formatSize, isoTime } from '../text/quantities.ts'
import { readableText } from '../text/readable-text.ts'
import type { ListingFormat, ListingSummary } from './listing-format.ts'
import type { ListingView, Order, SortKey } from './listing-view.ts'

const STYLE = `${PAGE_STYLE}:root{--line:#c3cec8}
@media(prefers-color-scheme:dark){:root{--line:#2c3a34}}
main{max-width:60rem}
ol{display:flex;flex-wrap:wrap;margin:0;padding:0;list-style:none}
li:not(:last-child)::after{content:"/";margin:0 .4em;color:var(--quiet)}
h1{margin:.15em 0 .3em -.02em;font-size:clamp(2rem,7vw,4rem);letter-spacing:-.035em}
bdi{white-space:pre-wrap}
p{margin:0;color:var(--quiet)}
table{width:100%;margin:clamp(1.5rem,4vw,3rem) 0;border-spacing:0;table-layout:fixed}
th,td{padding:.45rem 0;text-align:left;vertical-align:baseline;font-variant-numeric:tabular-nums}
td{border-top:1px solid var(--line)}
th{font-weight:normal;white-space:nowrap}
button{padding:0;border:0;background:none;color:var(--quiet);font:inherit;text-decoration:underline;text-underline-offset:.2em;cursor:pointer}
[aria-sort] button{color:var(--ink);font-weight:bold;text-decoration:none}
[aria-sort] button::after{content:" \\2191"}
[aria-sort=descending] button::after{content:" \\2193"}
th+th{width:7rem;text-align:right}
th+th+th{width:12rem}
td+td{color:var(--quiet);text-align:right;white-space:nowrap}
td a{text-decoration:none}
td a:hover{text-decoration:underline}
.folder a{font-weight:bold}
@media(max-width:40rem){
table,tbody{display:block}
tr{display:grid;grid-template-columns:1fr auto;align-items:baseline;border-top:1px solid var(--line);padding:.5rem 0}
thead tr{display:flex;flex-wrap:wrap;gap:0 1.5rem;border:0}
td{padding:0;border:0}
.file td:first-child{grid-column:1/-1}
td+td{text-align:left;font-size:1rem}
td:empty{display:none}
th+th,th+th+th{width:auto}
}
`

interface Column {
  readonly sort: SortKey
  readonly title: string
  /** The order of the first sort by this column. */
  readonly first: Order
}

const COLUMNS: readonly Column[] = [
  { sort: 'name', title: 'Name', first: 'ascending' },
  { sort: 'size', title: 'Size', first: 'descending' },
  { sort: 'modified', title: 'Changed (UTC)', first: 'descending' },
]

const PARENT = `<tr><td>${linkUp(1, '..')}</td><td></td><td></td></tr>\n`

/** A page for people, whole without any other file, in which no name can be anything but text. */
export const HTML_LISTING: ListingFormat = {
  mediaType: 'text/html; charset=utf-8',
  fields: [['Content-Security-Policy', contentSecurityPolicy(STYLE, "'self'")]],
  opening,
  entry,
  closing,
}

function opening(summary: ListingSummary): string {
  const { path, serverName, view } = summary
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(titleOf(path))}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
${heading(path.split('/').slice(1, -1), serverName)}<p>${contents(summary)}</p>
<table>
${summary.folders + summary.files === 0 ? '' : tableHead(view)}<tbody>
${path === '/' ? '' : PARENT}`
}

/** Programs know a listing by this title, as Apache writes it. */
function titleOf(path: string): string {
  return `Index of ${readableText(path === '/' ? path : path.slice(0, -1))}`
}

/**
 * The name of the folder, and above it links to those it lies in, the topmost first. They are relative, so that they lead
 * nowhere else behind a proxy that takes a prefix off the path.
 */
function heading(names: readonly string[], serverName: string): string {
  const name = names.at(-1)
  if (name === undefined) return `<h1>${escapeHtml(serverName)}</h1>\n`
  const parents = [escapeHtml(serverName), ...names.slice(0, -1).map(nameMarkup)]
  const links = parents.map((parent, index) => `<li>${linkUp(parents.length - index, parent)}</li>\n`)
  return `<nav aria-label="Folders above">
<ol>
${links.join('')}</ol>
</nav>
<h1>${nameMarkup(name)}</h1>
`
}

function contents({ folders, files, bytes, isComplete }: ListingSummary): string {
  const parts: string[] = []
  if (folders > 0) parts.push(formatNumberOf(folders, 'folder'))
  if (files > 0) parts.push(formatNumberOf(files, 'file'), formatSize(bytes))
  if (parts.length === 0) return 'This folder is empty.'
  return isComplete ? parts.join(', ') : `Only ${parts.join(', ')}: the folder holds more than a page can.`
}

function tableHead(view: ListingView): string {
  return `<thead>\n<tr>${COLUMNS.map(column => columnHead(column, view)).join('')}</tr>\n</thead>\n`
}

/** A button that sorts by this column, or the other way round where it is sorted by it already. */
function columnHead({ sort, title, first }: Column, view: ListingView): string {
  if (sort !== view.sort) return `<th>${sortButton(sort, first, title)}</th>`
  const other = view.order === 'ascending' ? 'descending' : 'ascending'
  return `<th aria-sort="${view.order}">${sortButton(sort, other, title)}</th>`
}

/** No link: mirroring programs would fetch the folder again in every order, `rel=nofollow` or not (wget, wget2). */
function sortButton(sort: SortKey, order: Order, title: string): string {
  const hidden = `<input type="hidden" name="sort" value="${sort}">`
  return `<form>${hidden}<button name="order" value="${order}">${title}</button></form>`
}

/**
 * A link to a folder above. There are programs that find entries by the first attribute of a link, or by `href="` with no
 * blanks in it (GDAL, fsspec): this is not for them.
 *
 * @param level How far above, from 1.
 */
function linkUp(level: number, text: string): string {
  return `<a rel="up" href = "${'../'.repeat(level)}">${text}</a>`
}

function entry({ name, type, size, modified }: FolderEntry): string {
  const slash = type === 'folder' ? '/' : ''
  const link = `<a href="${encodeName(name)}${slash}">${nameMarkup(name)}${slash}</a>`
  return `<tr class="${type}"><td>${link}</td>${sizeCell(type, size)}<td>${timeMarkup(modified)}</td></tr>\n`
}

/**
 * Percent-encodes a name as a relative reference. Of what a URI may hold as it is, some programs need this encoded as well:
 * `'` and `&`, for not all know character references (lftp, wget2) or take a quote for the end (fsspec); a colon, before
 * which there could be a scheme (RFC 3986 §4.2); and a beginning that is neither letter nor digit (httpdirfs), or is `http`
 * (fsspec).
 */
function encodeName(name: string): string {
  return encodePath(name).replace(/^(?:[^A-Za-z0-9%]|h(?=ttp))|[&':]/g, encodeByte)
}

/** A name keeps its direction of writing, and its spaces, to itself. */
function nameMarkup(name: string): string {
  return `<bdi>${escapeHtml(readableText(name))}</bdi>`
}

function sizeCell(type: FolderEntry['type'], size: number): string {
  if (type === 'folder') return '<td></td>'
  const title = size < 1024 ? '' : ` title="${formatCount(size)} bytes"`
  return `<td${title}>${formatSize(size)}</td>`
}

function timeMarkup(time: number): string {
  const iso = isoTime(time)
  if (iso === undefined) return ''
  const date = iso.slice(0, 10)
  return `<time datetime="${iso}" title="${date} ${iso.slice(11, -1)}">${date} ${iso.slice(11, 16)}</time>`
}

function closing(): string {
  return `</tbody>
</table>
</main>
<footer><form><button name="format" value="json">This folder for programs, as JSON</button></form></footer>
</body>
</html>
`
}
