import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { folderWithSh, plainShells } from '../../../../test/support/login-shells'
import { sample } from '../../../../test/support/long'
import { headerOfMessage, LONGEST_HEADER } from '../message/message-head'
import { findProgram } from '../programs/find-program'
import { LOGIN_SHELL_LINE, RemoteCommand } from './remote-command'

const PATH = '/usr/bin:/bin'
const FIELDS = '#+CONVERSATION_ID: flour\n#+MESSAGE_TYPE: request\n'
const HEADERS: Readonly<Record<string, string>> = {
  usual: `${FIELDS}\nText.\n#+TITLE: not of the header\n`,
  'without header': 'Text.\n\n#+begin_src sh\n#+end_src\n',
  'after other lines': `\n# A file\n#+begin: x\n${FIELDS}Text.\n#+TITLE: not of the header\n`,
  'repeated field': `${FIELDS}#+CONVERSATION_ID: rye\n#+TITLE:\t a\tb \r\n\n`,
  'without line end': `${FIELDS}#+TITLE: flour`,
  'other line ends': `${FIELDS}#+TITLE: a\f#+SEQUENCE: 3\v\u2028text\n#+TITLE: not of the header\n`,
  'line ends before': `text\f#+CONVERSATION_ID: rye\ntext\n${FIELDS}`,
  'like answers': `${FIELDS}cross-agent 3000000 end\n\t#+TITLE: not of the header\n`,
  'long title': `${FIELDS}#+TITLE: ${'t'.repeat(60_000)}\n\n`,
  'too long': `${FIELDS}#+TITLE: ${'t'.repeat(3 * LONGEST_HEADER)}\n\n`,
  'too many fields': `${FIELDS.repeat(3000)}\n`,
  'a late field': `${'x\n'.repeat(LONGEST_HEADER / 2)}${FIELDS}\n`,
}
const nameOf = (sender: string, at: number) => `20260427T0911${10 + at}Z-from-${sender}-flour.org`

const home = mkdtempSync(join(tmpdir(), 'sent-script-'))
const inbox = join(home, 'projects/mill/inbox/from-agents')
beforeAll(() => {
  mkdirSync(join(inbox, 'done'), { recursive: true })
  for (const [at, text] of Object.values(HEADERS).entries()) {
    writeFileSync(join(inbox, nameOf('bakery', at)), text)
    writeFileSync(join(inbox, 'done', nameOf('bakery', at)), text)
  }
  for (const name of [nameOf('bank', 0), '.hidden-from-bakery-x.org', 'done-from-bakery-x.org'])
    writeFileSync(join(inbox, name), FIELDS)
})
afterAll(() => rmSync(home, { recursive: true }))

/** What the script says, with that shell and that program for `awk`, none for the usual one. */
async function told(sh: string, awk?: string) {
  const folder = folderWithSh(home, sh)
  if (awk !== undefined) symlinkSync(findProgram(awk, PATH) ?? '', join(folder, 'awk'))
  const command = await RemoteCommand.make('sent', ['bakery'])
  const { stdout } = spawnSync('sh', ['-c', LOGIN_SHELL_LINE], {
    input: command.input,
    env: { HOME: home, PATH: `${folder}:${PATH}` },
    encoding: 'utf8',
  })
  if (awk !== undefined) rmSync(join(folder, 'awk'))
  return { command, stdout, answers: [...command.answersWithTexts(stdout)] }
}

const awks = ['busybox', 'gawk', 'original-awk'].filter((name) => findProgram(name, PATH) !== undefined)
const kinds = [
  ...plainShells.map((sh) => ({ sh, awk: undefined })),
  ...awks.map((awk) => ({ sh: 'dash', awk })),
]
describe.each(sample(kinds, 1))('%o', ({ sh, awk }) => {
  it('C18 tells of each message of the sender what our reader reads in the file', async () => {
    const { answers } = await told(sh, awk)
    expect(answers[0]?.answer).toBe('inbox usual mill')
    expect(answers.at(-1)?.answer).toBe('end')
    const heads = answers.flatMap(({ answer, text }) =>
      answer.startsWith('message ') ? [[answer.slice('message '.length), text] as const] : [],
    )
    expect(heads).toHaveLength(2 * Object.keys(HEADERS).length)
    for (const [at, [title, text]] of Object.entries(HEADERS).entries())
      for (const folder of ['.', 'done']) {
        const head = new Map(heads).get(`${folder}/${nameOf('bakery', at)}`) ?? ''
        const own = headerOfMessage(Buffer.from(text))
        expect(headerOfMessage(Buffer.from(head)), `${folder} ${title}`).toEqual(own)
        expect(head.length).toBeLessThan(LONGEST_HEADER + 4)
      }
  })
})

it('B44 no line of a message is an answer', async () => {
  const { command, stdout } = await told('dash')
  const lines = stdout.split('\n').filter((line) => line.includes('cross-agent 3000000'))
  expect(lines.every((line) => line.startsWith('\t'))).toBe(true)
  expect(
    command.answersIn(stdout).every((answer) => /^(inbox|message|changed|touched|end)/.test(answer)),
  ).toBe(true)
})
