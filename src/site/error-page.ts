import { ERROR_EXPLANATIONS, reasonPhrase } from '../http/status.ts'
import { escapeHtml } from '../text/html.ts'
import { contentSecurityPolicy, PAGE_STYLE } from '../text/page-style.ts'

const STYLE = `${PAGE_STYLE}main{max-width:34rem}
b{display:block;margin:.15em 0 .1em -.03em;font-size:clamp(6rem,26vw,13rem);line-height:.9}
svg{display:block;fill:none;stroke:var(--quiet);stroke-width:2}
path{stroke:var(--turn);stroke-width:10}
`

/** The Content-Security-Policy of every error page. */
export const ERROR_PAGE_POLICY = contentSecurityPolicy(STYLE)
interface Explained {
  readonly status: number
  /** Where a redirection leads. */
  readonly location?: string | undefined
}

/**
 * The page that goes with an error or a redirection: a whole HTML document that needs no other file, to be sent as
 * UTF-8.
 */
export function errorPage(error: Explained): string {
  const phrase = reasonPhrase(error.status)
  const explanation = ERROR_EXPLANATIONS[error.status]
  const paragraphs = explanation === undefined ? [] : [`<p>${escapeHtml(explanation)}</p>\n`]
  if (error.location !== undefined)
    paragraphs.push(`<p>What you asked for is at ${link(error.location)}</p>\n`)
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${error.status} ${phrase}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<svg width="160" height="16" aria-hidden="true"><circle cx="7" cy="8" r="5"/><line x1="16" x2="80" y1="8" y2="8" stroke-dasharray="2 6"/><path d="M80 8h80"/></svg>
<h1><b>${error.status}</b> ${phrase}</h1>
${paragraphs.join('')}</main>
<footer><a href="/">Home page</a></footer>
</body>
</html>
`
}

function link(location: string): string {
  const escaped = escapeHtml(location)
  return `<a href="${escaped}">${escaped}</a>`
}
