import { hash } from 'node:crypto'

/**
 * The look that every page the server writes itself has in common: colours for light and dark, type, links.
 * `--turn` is the one strong colour, `--quiet` is for what matters less; all reach 4.5:1 on `--paper`.
 */
export const PAGE_STYLE = `:root{color-scheme:light dark;--paper:#f0f4f1;--ink:#0f1f18;--quiet:#4b5e55;--turn:#006b45}
@media(prefers-color-scheme:dark){:root{--paper:#0e1613;--ink:#e3ebe6;--quiet:#93a69c;--turn:#45d39b}}
body{margin:0;padding:clamp(1.5rem,7vw,6rem);background:var(--paper);color:var(--ink);overflow-wrap:anywhere;
font:1.125rem/1.5 "Helvetica Neue",Helvetica,Arial,sans-serif}
h1{font-size:clamp(1.75rem,4vw,2.5rem);line-height:1.1;letter-spacing:-.02em;text-wrap:balance}
a{color:var(--turn);text-underline-offset:.2em}
a:focus-visible,button:focus-visible{outline:3px solid;outline-offset:3px}
`

/**
 * A Content-Security-Policy for a page that needs nothing but its one style element, whose text is given.
 *
 * @param formAction Where its forms may lead.
 */
export function contentSecurityPolicy(style: string, formAction: "'none'" | "'self'" = "'none'"): string {
  const digest = hash('sha256', style, 'base64')
  return `default-src 'none'; style-src 'sha256-${digest}'; img-src data:; base-uri 'none'; form-action ${formAction}`
}
