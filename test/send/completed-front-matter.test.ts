import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { sample } from '../support/long'
import { home, it, itLong } from '../support/own-home'

beforeEach(() => {
  for (const project of ['mill', 'bakery']) mkdirSync(home.inbox(project), { recursive: true })
})

const mill = () => ({ cwd: join(home.path, 'projects/mill') })
const sendFile = (text: string, ...args: string[]) =>
  home.run('send', ['bakery', home.write('projects/mill/note.md', text), ...args], mill())
const unsigned = (text: string) => sendFile(text, '--no-sign')
const arrived = () => {
  const names = readdirSync(home.inbox('bakery')).filter((name) => name.endsWith('.org'))
  return names.map((name) => readFileSync(join(home.inbox('bakery'), name), 'utf8'))
}
/** The header of the only message that has arrived, field by field. */
const header = () => {
  expect(arrived()).toHaveLength(1)
  const [head = ''] = (arrived()[0] ?? '').split('\n\n')
  return Object.fromEntries(
    [...head.matchAll(/^#\+([A-Z_]+): ?(.*)$/gm)].map(([, key, value]) => [key, value]),
  )
}
const made = {
  MESSAGE_TYPE: 'request',
  SEQUENCE: '1',
  TIMESTAMP: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/),
  PROTOCOL_VERSION: '5',
}
const addresses = () => ({ FROM: `${home.machine}.mill`, TO: `${home.machine}.bakery` })

describe('C33 front matter is completed like -m', () => {
  it('C33 C9 C11 what it does not give is made, and the message is processed', async () => {
    await home.makeKey()
    const sent = await sendFile('---\ntitle: Three sacks\ndue: 2026-05-01\n---\nPlease.\n')
    expect(sent).toMatchObject({ exitCode: 0, stderr: '' })
    expect(header()).toEqual({
      TITLE: 'Three sacks',
      CONVERSATION_ID: 'three-sacks',
      ...made,
      ...addresses(),
      DUE: '2026-05-01',
    })
    expect(arrived()[0]).toMatch(/\n\nPlease\.\n$/)
    const received = await home.run('recv', [sent.stdout.trim().slice('sent: '.length)])
    expect(received).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('process') })
  })

  it('C33 from standard input too, and the title from the text', () => {
    const input = '---\ntags: [a]\n---\n# Rye bread\n\nTwo.\n'
    const args = [binOf('send'), 'bakery', '-', '--no-sign']
    const sent = spawnSync(process.execPath, args, { ...mill(), env: home.env, input, encoding: 'utf8' })
    expect(sent).toMatchObject({ status: 0, stderr: '' })
    expect(header()).toMatchObject({ TITLE: 'Rye bread', CONVERSATION_ID: 'rye-bread', TAGS: 'a' })
  })

  const names: [string, object][] = [
    ['type: query\nconversation: sacks', { MESSAGE_TYPE: 'query', CONVERSATION_ID: 'sacks' }],
    ['Type: query\nmessage-type:', { MESSAGE_TYPE: 'query' }],
    ['type: bread\nmessage_type: query', { MESSAGE_TYPE: 'query', TYPE: 'bread' }],
    ['conversation_id: sacks\nconversation: rye', { CONVERSATION_ID: 'sacks', CONVERSATION: 'rye' }],
    ['message_type:\nconversation_id:', { MESSAGE_TYPE: 'request', CONVERSATION_ID: 'a' }],
  ]
  it.each(sample(names, 3))(
    'C33 short names count where the field is not given: %j',
    async (lines, expected) => {
      expect(await unsigned(`---\ntitle: a\n${lines}\n---\nx\n`)).toMatchObject({ exitCode: 0, stderr: '' })
      expect(header()).toEqual({ TITLE: 'a', CONVERSATION_ID: 'a', ...made, ...addresses(), ...expected })
    },
  )

  it('C33 a flag wins over a short name', async () => {
    const text = '---\ntitle: a\ntype: query\n---\nx\n'
    expect(await sendFile(text, '--no-sign', '--type', 'escalate')).toMatchObject({ exitCode: 0 })
    expect(header()).toEqual({
      TITLE: 'a',
      CONVERSATION_ID: 'a',
      ...made,
      ...addresses(),
      MESSAGE_TYPE: 'escalate',
    })
  })

  const refused: [string, RegExp][] = [
    ['---\ntype: bread\n---\nx\n', /^invalid MESSAGE_TYPE: 'bread'/],
    ['---\nconversation: a/b\n---\nx\n', /^CONVERSATION_ID must not contain/],
    ['---\ntimestamp: today\n---\nx\n', /^TIMESTAMP must be ISO 8601/],
    ['---\nprotocol_version: 4\n---\nx\n', /^PROTOCOL_VERSION must be 5/],
    ['---\ntags: [a]\n---\n\n', /^frontmatter missing required fields: TITLE\n.*--title/],
    ['---\n---\n\n', /^the file holds no text/],
    [
      '---\ntitle: a\n---\n#+TITLE: b\n\nx\n',
      /^frontmatter missing required fields: CONVERSATION_ID, .*\n.*#\+ lines/,
    ],
    ['#+TITLE: a\n---\ntitle: b\n---\nx\n', /^frontmatter missing required fields: CONVERSATION_ID/],
    ['#+TITLE: a\n\nx\n', /^frontmatter missing required fields: CONVERSATION_ID/],
  ]
  it.each(sample(refused, 4))('C33 %j is exit 4, and nothing is sent', async (text, words) => {
    const sent = await unsigned(text)
    expect(sent).toMatchObject({ exitCode: 4, stdout: '', stderr: expect.stringMatching(words) })
    expect(arrived()).toEqual([])
  })

  it('C33 lines of #+ further down are part of the text', async () => {
    const text = 'See below.\n\n#+TITLE: other\n'
    expect(await unsigned(`---\ntitle: a\n---\n${text}`)).toMatchObject({ exitCode: 0 })
    expect(arrived()[0]?.endsWith(`\n\n${text}`)).toBe(true)
  })

  it('C33 C9 it makes no project', async () => {
    const file = home.write('projects/mill/note.md', '---\ntitle: a\n---\nx\n')
    expect(await home.run('send', ['local.bakry', file, '--no-sign'], mill())).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('did you mean bakery?'),
    })
    expect(readdirSync(join(home.path, 'projects')).sort()).toEqual(['bakery', 'mill'])
  })

  it('C33 C9 what is completed must lie here; what gives all may lie anywhere', async () => {
    // Otherwise an agent could be talked into sending any file of settings.
    const outside = { cwd: mill().cwd, env: { TMPDIR: home.inbox('bakery') } }
    const sendFrom = (text: string) =>
      home.run('send', ['bakery', home.write('elsewhere/secrets.yaml', text), '--no-sign'], outside)
    const settings = await sendFrom('---\npassword: rye\n---\nuser: baker\n')
    expect(settings).toMatchObject({ exitCode: 2, stdout: '' })
    expect(settings.stderr).toMatch(/^a text without a header must lie in this project/)
    expect(settings.stderr).not.toContain('rye')
    expect(arrived()).toEqual([])
    const whole =
      'title: a\nconversation: b\ntype: query\nsequence: 1\ntimestamp: 2026-04-27T04:11:42Z\nprotocol_version: 5'
    expect(await sendFrom(`---\n${whole}\n---\nx\n`)).toMatchObject({ exitCode: 0, stderr: '' })
  })

  itLong('A4 C33 a SEQUENCE of the author is advised on, one that is made is not', async () => {
    await home.makeKey()
    expect(await sendFile('---\ntitle: a\n---\nx\n')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await sendFile('---\ntitle: a\nconversation: a\n---\nx\n')).toMatchObject({
      exitCode: 0,
      stderr: '',
    })
    const far = await sendFile('---\ntitle: a\nconversation: a\nsequence: 9\n---\nx\n')
    expect(far).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('the next would be 3') })
  })
})
