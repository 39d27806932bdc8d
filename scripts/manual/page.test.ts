import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Block, compactList, example, list, renderPage } from './page.ts'

function render(...blocks: readonly Block[]): string {
  const page = {
    name: 'tool',
    section: 1,
    description: 'do it',
    sections: [{ title: 'DESCRIPTION', blocks }],
  } as const
  return renderPage(page, new Date('2026-11-06T23:59:59Z'))
}

test('a page begins with what whatis and the foot of the page tell', () => {
  assert.equal(
    render('Does it.'),
    `.Dd November 6, 2026
.Dt TOOL 1
.Os
.Sh NAME
.Nm tool
.Nd do it
.Sh DESCRIPTION
Does it.
`,
  )
})

test('there is a blank line between paragraphs, and around examples and lists no second one', () => {
  const source = render(
    'One.',
    'Two.',
    example('.profile'),
    compactList([['`a`', 'First.']]),
    list([{ head: { macros: 'Ic b' }, blocks: ['Second.', 'More.'] }]),
    { kind: 'subsection', title: 'Rest', blocks: ['Three.'] },
    { kind: 'source', lines: ['.Nm'] },
  )
  assert.equal(
    source.slice(source.indexOf('One.')),
    `One.
.Pp
Two.
.Bd -literal -offset indent
\\&.profile
.Ed
.Pp
.Bl -tag -width Ds -compact
.It Cm a
First.
.El
.Bl -tag -width Ds
.It Ic b
Second.
.Pp
More.
.El
.Ss Rest
Three.
.Nm
`,
  )
})
