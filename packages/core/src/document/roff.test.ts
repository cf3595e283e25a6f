import { expect, it } from 'vitest'
import { parseDocument } from './document'
import { type Block, parseBlocks, toMarkdown } from './markdown'
import { toManPage } from './roff'

const SOURCE = `---
name: cross-agent-x
section: 1
summary: does x-y
see_also: [gpg(1)]
---

## Description

What it does.

## Environment

- \`HOME\`: yours.

## Files

- one

## Examples

## What can go wrong
`
const document = parseDocument(SOURCE)
const man = (blocks: readonly Block[]) =>
  toManPage(document, blocks, { product: 'p', version: '1' }).split('\n').slice(6, -1)

it('C8 hyphens, quotes and backslashes are printed as typed', () => {
  expect(man(parseBlocks("A `--flag` and `a\\b`, ~ ^ ` 'x' …"))).toEqual([
    '.PP',
    'A \\fB\\-\\-flag\\fR and \\fBa\\eb\\fR, \\(ti \\(ha \\(ga \\(aqx\\(aq \\[u2026]',
  ])
})

it('C8 no text becomes a request', () => {
  expect(man(parseBlocks('.SH forged\n.br'))).toEqual(['.PP', '\\&.SH forged .br'])
  expect(man(parseBlocks('```sh\n.so /etc/passwd\n```'))).toContain('\\&.so /etc/passwd')
  expect(man(parseBlocks(`${'x'.repeat(70)} aaaa .so y`))[2]).toBe('\\&.so y')
  expect(man(parseBlocks('## "quoted" .SH'))).toEqual(['.SH "\\(dqQUOTED\\(dq .SH"'])
})

it('C8 lists of words with meanings, plain lists and code', () => {
  expect(man(parseBlocks('- `A`, `B`: both\n  of them\n- `C`: one'))).toEqual([
    '.TP',
    '\\fBA\\fR, \\fBB\\fR',
    'both of them',
    '.TP',
    '\\fBC\\fR',
    'one',
  ])
  expect(man(parseBlocks('- a\n- `b` c'))).toEqual(['.IP \\(bu 2', 'a', '.IP \\(bu 2', '\\fBb\\fR c'])
})

it.each([
  '| a | table |',
  '1. numbered',
  '# top',
  '> quoted',
  '- a\n   - nested',
  '* star',
  '<b>html</b>',
  '```\nopen',
])('C8 a document in another form fails the build: %j', (markdown) => {
  expect(() => parseBlocks(markdown)).toThrow()
})

it('C8 so does one without a section, or without its front matter', () => {
  expect(() => parseDocument(SOURCE.replace('## Files', '## Fils'))).toThrow('the sections must be')
  expect(() => parseDocument(SOURCE.replace('summary:', 'sum:'))).toThrow('front matter')
  expect(() => parseDocument(SOURCE.replace('[gpg(1)]', 'gpg'))).toThrow('see_also')
})

it('C8 Markdown shows plain text as it stands', () => {
  expect(toMarkdown(document, [{ is: 'paragraph', text: [{ style: 'plain', text: '<a> *b* _c_' }] }])).toBe(
    '# cross-agent-x\n\nDoes x-y.\n\n\\<a\\> \\*b\\* \\_c\\_\n',
  )
})
