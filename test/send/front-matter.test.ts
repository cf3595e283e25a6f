import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it } from '../support/own-home'

beforeEach(() => {
  for (const project of ['mill', 'bakery']) mkdirSync(home.inbox(project), { recursive: true })
})

const mill = () => ({ cwd: join(home.path, 'projects/mill') })
const send = (text: string, ...args: string[]) =>
  home.run('send', ['bakery', home.write('note.md', text), '--no-sign', ...args], mill())
const arrived = () => {
  const names = readdirSync(home.inbox('bakery')).filter((name) => name.endsWith('.org'))
  return names.map((name) => readFileSync(join(home.inbox('bakery'), name), 'utf8'))
}

const WHOLE = `---
title: Three sacks
conversation-id: sacks
Message_Type: query
SEQUENCE: 007
timestamp: 2026-04-27T04:11:42-05:00
protocol-version: 5
---
`
const WHOLE_HEADER = `#+TITLE: Three sacks
#+CONVERSATION_ID: sacks
#+MESSAGE_TYPE: query
#+SEQUENCE: 007
#+TIMESTAMP: 2026-04-27T04:11:42-05:00
#+PROTOCOL_VERSION: 5
`
/** What is added to a header that gives all the rest (C33, C11). */
const addresses = () => `#+FROM: ${home.machine}.mill\n#+TO: ${home.machine}.bakery\n`

describe('C4 front matter', () => {
  it('C4 becomes the header before signing, as written, and arrives', async () => {
    await home.makeKey()
    const file = home.write('note.md', `${WHOLE}Please.\n`)
    const sent = await home.run('send', ['bakery', file], mill())
    expect(sent).toMatchObject({ exitCode: 0, stderr: '' })
    const path = sent.stdout.trim().slice('sent: '.length)
    expect(path).toMatch(/Z-from-mill-sacks\.org$/)
    expect(readFileSync(path, 'utf8')).toBe(`${WHOLE_HEADER}${addresses()}\nPlease.\n`)
    expect(await home.run('recv', [path])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('message_type: query'),
    })
  })

  it.each(sample(['\n# A\r\n---\nb: c\n\n\n', '#+TITLE: other\n', '---\nmore\n---\n'], 1))(
    'C4 the body %j stays byte for byte',
    async (body) => {
      expect(await send(WHOLE + body)).toMatchObject({ exitCode: 0, stderr: '' })
      expect(arrived()).toEqual([`${WHOLE_HEADER}${addresses()}\n${body}`])
    },
  )

  it('C4 further keys become fields, lists one line', async () => {
    const text = WHOLE.replace('title:', 'tags: [a, b]\nis-urgent: yes\ntitle:')
    expect(await send(`${text}x\n`)).toMatchObject({ exitCode: 0 })
    expect(arrived()[0]).toContain(
      `#+PROTOCOL_VERSION: 5\n${addresses()}#+TAGS: a, b\n#+IS_URGENT: yes\n\nx\n`,
    )
  })

  it.each(
    sample(
      [
        ['sequence: x\n', /SEQUENCE must be an integer/],
        ['title: {a: b}\n', /"title"|'title'/],
        ['title: |\n  a\n  b\n', /title/],
        ['title: a\nTitle: b\n', /title.*Title|Title.*title/],
        ['ti tle: a\n', /ti tle/],
        ['a: &x b\nc: *x\n', /anchor/],
        ['title: !!js/function "function () {}"\n', /title|tag/],
        ['title: [\n', /cannot be read/],
      ],
      2,
    ),
  )('C4 %j is exit 4, and named', async (block, named) => {
    expect(await send(`---\n${block}---\nx\n`)).toMatchObject({
      exitCode: 4,
      stdout: '',
      stderr: expect.stringMatching(named),
    })
    expect(arrived()).toEqual([])
  })

  it('C4 without its closing line it is refused', async () => {
    expect(await send('---\ntitle: x\n')).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('no closing line'),
    })
  })

  it.each(sample(['js', 'javascript', 'json', 'coffee', 'toml', 'yaml'], 1))(
    'C4 the mark ---%s is no front matter, and never runs',
    async (language) => {
      const run = "require('fs').writeFileSync('/dev/stderr', 'ran'); require('fs').mkdirSync('ran')"
      const text = `---${language}\n${run}\n---\n{"title": "x"}\n`
      const refused = await send(text)
      expect(refused).toMatchObject({ exitCode: 4, stderr: expect.not.stringMatching(/^ran/) })
      expect(await send(text, '--title', 'Code', '--conversation', 'code')).toMatchObject({ exitCode: 0 })
      expect(arrived()[0]?.endsWith(`\n\n${text}`)).toBe(true)
      expect(existsSync(join(home.path, 'projects/mill/ran'))).toBe(false)
    },
  )

  it('C4 C9 with a compose flag what is missing is made, and the flag wins', async () => {
    expect(
      await send('---\ntitle: Three sacks\nsequence: 9\n---\nx\n', '--type', 'query', '--title', 'Two'),
    ).toMatchObject({
      exitCode: 0,
      stderr: '',
    })
    expect(arrived()[0]).toMatch(
      /^#\+TITLE: Two\n#\+CONVERSATION_ID: two\n#\+MESSAGE_TYPE: query\n#\+SEQUENCE: 9\n/,
    )
    expect(arrived()[0]).toContain(`#+FROM: ${home.machine}.mill\n#+TO: ${home.machine}.bakery\n\nx\n`)
  })

  it('C4 C11 nobody writes FROM or TO but who sends', async () => {
    for (const line of ['from: velox.oven', 'to: velox.oven'])
      expect(await send(`---\n${line}\n---\nx\n`, '--title', 'x')).toMatchObject({
        exitCode: 4,
        stderr: expect.stringContaining('velox.oven'),
      })
    expect(arrived()).toEqual([])
  })

  it('rule 1 C4 a header that the scripts find is the message, whatever comes first', async () => {
    const text = `---\ntitle: not this\n---\n${messageText()}`
    expect(await send(text)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(arrived()).toEqual([text])
    expect(await send(text, '--title', 'x')).toMatchObject({ exitCode: 2 })
  })

  it('C4 a hostile value moves no terminal and forges no field', async () => {
    for (const value of ['"a\\n#+TO: x"', '"a\\e[2Jb"', '"a\\u2028b"', '"a\\rb"']) {
      const refused = await send(WHOLE.replace('Three sacks', value))
      expect(refused.exitCode).toBe(4)
      expect(refused.stderr).not.toMatch(/[\u001b\u2028\r]/)
    }
    expect(arrived()).toEqual([])
  })
})
