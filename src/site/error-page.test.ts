import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { ERROR_EXPLANATIONS, reasonPhrase } from '../http/status.ts'
import { ERROR_PAGE_POLICY, errorPage } from './error-page.ts'

const ERRORS = Object.keys(ERROR_EXPLANATIONS).map(Number)

test('says for every error its number, its name and what to do about it', () => {
  for (const status of ERRORS) {
    const page = errorPage({ status })
    assert.ok(page.includes(`<title>${status} ${reasonPhrase(status)}</title>`), page)
    assert.ok(page.includes(`<h1><b>${status}</b> ${reasonPhrase(status)}</h1>`), page)
    assert.ok(page.includes(`<p>${ERROR_EXPLANATIONS[status]}</p>`), page)
  }
})

test('makes a page for a status it knows nothing about', () => {
  assert.match(errorPage({ status: 499 }), /<title>499 <\/title>/)
})

test('stays within 1.5 KiB for every error of its own', () => {
  for (const status of ERRORS) {
    const page = errorPage({ status })
    assert.ok(Buffer.byteLength(page) <= 1536, `${status}: ${Buffer.byteLength(page)} bytes`)
  }
})

test('asks for nothing else: no script, no file, no other host', () => {
  const page = errorPage({ status: 404 })
  assert.doesNotMatch(page, /<script|src=|url\(|@import|https?:/)
  assert.deepEqual(page.match(/href="[^"]*"/g), ['href="data:,"', 'href="/"'])
})

test('links to where a redirection leads, without letting it add markup', () => {
  const page = errorPage({ status: 301, location: '/a?b="<&c' })
  assert.ok(page.includes('<a href="/a?b=&quot;&lt;&amp;c">/a?b=&quot;&lt;&amp;c</a>'), page)
  assert.ok(page.includes('<title>301 Moved Permanently</title>'), page)
})

test('tells the browser to let no page of ours run or load anything', () => {
  const style = /<style>(.*)<\/style>/s.exec(errorPage({ status: 404 }))?.[1] ?? ''
  assert.ok(ERROR_PAGE_POLICY.startsWith("default-src 'none'; "), ERROR_PAGE_POLICY)
  assert.ok(
    ERROR_PAGE_POLICY.includes(`style-src 'sha256-${hash('sha256', style, 'base64')}'`),
    ERROR_PAGE_POLICY,
  )
})
