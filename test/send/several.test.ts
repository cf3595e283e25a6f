import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { put, putSigned } from '../support/inbox'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'

const HALT = '.config/cross-agent-comms/HALT'

beforeEach(() => {
  for (const project of ['mill', 'bakery', 'kiln']) mkdirSync(home.inbox(project), { recursive: true })
})

const send = (...args: string[]) =>
  home.run('send', args, { cwd: join(home.path, 'projects/mill'), env: { TMPDIR: home.path } })
const unsigned = (...args: string[]) => send(...args, '--no-sign')
const namesIn = (project: string) =>
  existsSync(home.inbox(project)) ? readdirSync(home.inbox(project)).sort() : []
const pathsIn = (project: string) =>
  namesIn(project)
    .filter((name) => name.endsWith('.org'))
    .map((name) => join(home.inbox(project), name))
const textsIn = (project: string) => pathsIn(project).map((path) => readFileSync(path, 'utf8'))
const projects = () => readdirSync(join(home.path, 'projects')).sort()
const lines = (text: string) => text.split('\n').slice(0, -1)
const nothingSent = () => {
  expect(projects()).toEqual(['bakery', 'kiln', 'mill'])
  for (const project of projects()) expect(namesIn(project)).toEqual([])
}

describe('C29 several destinations', () => {
  it('C29 each gets a message with its own TO and signature, all in one conversation', async () => {
    await home.makeKey()
    const sent = await send('bakery,local.kiln', '-m', 'Three sacks, please.')
    expect(sent).toMatchObject({ exitCode: 0, stderr: '' })
    const paths = [...pathsIn('bakery'), ...pathsIn('kiln')]
    expect(lines(sent.stdout)).toEqual(paths.map((path) => `sent: ${path}`))
    const [first = '', second = ''] = paths.map((path) => readFileSync(path, 'utf8'))
    expect(first).toContain('#+CONVERSATION_ID: three-sacks-please\n#+MESSAGE_TYPE: request\n#+SEQUENCE: 1\n')
    expect(first).toContain(`#+FROM: ${home.machine}.mill\n#+TO: ${home.machine}.bakery\n\nThree sacks`)
    expect(second).toBe(first.replace(`#+TO: ${home.machine}.bakery`, `#+TO: ${home.machine}.kiln`))
    for (const path of paths)
      expect(await home.run('recv', [path])).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('process'),
      })
  })

  it('C29 C10 an answer, which goes to others than its sender as well', async () => {
    const TO = `${home.machine}.mill`
    const path = put(
      home,
      'mill',
      '20260101T000000Z-from-bakery-rye.org',
      messageText({ CONVERSATION_ID: 'rye', TO }),
    )
    expect(await unsigned('--reply-to', path, 'bakery,kiln', '-m', 'Two.')).toMatchObject({ exitCode: 0 })
    for (const project of ['bakery', 'kiln']) {
      expect(textsIn(project)).toHaveLength(1)
      expect(textsIn(project)[0]).toContain(`#+TO: ${home.machine}.${project}\n`)
      expect(textsIn(project)[0]).toContain('#+IN_REPLY_TO: 20260101T000000Z-from-bakery-rye.org\n')
    }
  })

  itLong('C29 C9 the conversation is new to all of them, and the SEQUENCE next to all', async () => {
    await home.makeKey()
    const line = (project: string, CONVERSATION_ID: string, SEQUENCE: string) => {
      const name = `20260101T000000Z-from-x-${CONVERSATION_ID}.org`
      return putSigned(home, project, name, messageText({ CONVERSATION_ID, SEQUENCE }))
    }
    for (const [project, SEQUENCE] of [
      ['bakery', '3'],
      ['kiln', '7'],
    ] as const)
      await line(project, 'rye', SEQUENCE)
    expect(await unsigned('bakery,kiln', '-m', 'Rye')).toMatchObject({ exitCode: 0 })
    expect(await unsigned('bakery,kiln', '-m', 'More.', '--conversation', 'rye')).toMatchObject({
      exitCode: 0,
    })
    for (const project of ['bakery', 'kiln'])
      expect(
        textsIn(project).map((text) => /D: (.*)\n(?:.*\n)#\+SEQUENCE: (.*)/.exec(text)?.slice(1)),
      ).toEqual(
        expect.arrayContaining([
          ['rye-2', '1'],
          ['rye', '8'],
        ]),
      )
  })

  itLong('C29 C7 the thread shows both messages, and no fork', async () => {
    await home.makeKey()
    expect(await send('bakery,kiln', '-m', 'Rye')).toMatchObject({ exitCode: 0 })
    const shown = JSON.parse((await home.run('status', ['--thread', 'rye', '--json'])).stdout)
    expect(shown).toMatchObject({ forks: [], gaps: [] })
    expect(shown.messages).toHaveLength(2)
  })

  it('C29 C33 front matter, which names no receiver of its own', async () => {
    const note = (more = '') => home.write('projects/mill/note.md', `---\ntitle: Rye\n${more}---\nx\n`)
    expect(await unsigned('bakery,kiln', note(`to: ${home.machine}.bakery\n`))).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining(`TO must be ${home.machine}.kiln here`),
    })
    nothingSent()
    rmSync(join(home.path, 'projects/mill/note.md'))
    expect(await unsigned('bakery,kiln', note())).toMatchObject({ exitCode: 0, stderr: '' })
    expect([textsIn('bakery').length, textsIn('kiln').length]).toEqual([1, 1])
  })

  it('C29 one that is named twice gets one', async () => {
    expect(await unsigned(`kiln,bakery,local.kiln,${home.machine}.bakery`, '-m', 'x')).toMatchObject({
      exitCode: 0,
    })
    expect([textsIn('bakery').length, textsIn('kiln').length]).toEqual([1, 1])
  })

  it('C29 --dry-run shows each, and sends nothing', async () => {
    const shown = await send('bakery,kiln', '-m', 'Rye', '--dry-run')
    expect(shown).toMatchObject({ exitCode: 0 })
    expect(shown.stdout.match(/^#\+TO: .*$/gm)).toEqual(
      ['bakery', 'kiln'].map((project) => `#+TO: ${home.machine}.${project}`),
    )
    expect(lines(shown.stderr)).toEqual(
      ['bakery', 'kiln'].map((project) => `would be sent to: ${home.inbox(project)}`),
    )
    nothingSent()
  })

  it('C29 C28 --wait takes one alone', async () => {
    expect(await unsigned('bakery,kiln', '-m', 'Three sacks, please.', '--wait')).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('--wait waits for the answer of one destination'),
    })
    nothingSent()
  })

  itLong('C29 C8 a list is completed at its end', async () => {
    const values = join(import.meta.dirname, '../../packages/send/dist/cross-agent-send.cjs')
    const { stdout } = await home.exec('node', [values, '--completion-values', 'destination', 'bakery,'])
    expect(stdout).toBe('bakery,kiln\nbakery,mill\n')
  })
})

describe('C29 a project whose name holds the comma wins', () => {
  const rows: [string, string[]][] = [
    ['bakery,kiln', ['bakery,kiln']],
    ['local.bakery,kiln', ['bakery,kiln']],
    ['mill,bakery,kiln', ['mill', 'bakery,kiln']],
    ['bakery,kiln,mill', ['bakery,kiln', 'mill']],
    ['kiln,bakery', ['kiln', 'bakery']],
    ['kiln,local.bakery,kiln,mill', ['kiln', 'bakery,kiln', 'mill']],
    ['bakery,kiln,mill,x', ['bakery,kiln,mill,x']],
  ]
  it.each(sample(rows, 1))('C29 %s', async (destination, expected) => {
    const all = ['mill', 'bakery', 'kiln', 'bakery,kiln', 'bakery,kiln,mill,x']
    for (const project of all) mkdirSync(home.inbox(project), { recursive: true })
    expect(await unsigned(destination, '-m', 'x')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(all.filter((project) => textsIn(project).length > 0).sort()).toEqual([...expected].sort())
  })

  it('C29 also one on a peer that peers.toml places', async () => {
    home.write(
      '.config/cross-agent-comms/peers.toml',
      '[peers.velox]\nhost = "velox.invalid"\n[projects."a,kiln"]\ninbox_path = "/srv/a/inbox"\n',
    )
    const shown = await send('bakery,velox.a,kiln', '-m', 'x', '--dry-run')
    expect(shown.stderr).toBe(
      `would be sent to: ${home.inbox('bakery')}\nwould be sent to: velox.invalid:/srv/a/inbox\n`,
    )
  })
})

describe('C29 nothing is sent', () => {
  const refused: [string, number, string][] = [
    ['bakery,kilm', 2, 'did you mean kiln or mill?'],
    ['kilm,bakery', 2, 'did you mean kiln or mill?'],
    ['bakery,vlox.career', 2, 'did you mean velox.career'],
    ['bakery,local.kilm', 2, 'did you mean kiln or mill?'],
    ['bakery,', 2, "got ''"],
    [',', 2, "got ''"],
    ['bakery,,kiln', 2, "got ''"],
    ['bakery, kiln', 2, 'did you mean kiln?'],
    ['bakery,velox.', 2, 'no usable project name'],
    ['bakery,local.kiln/inbox', 2, "no project 'kiln/inbox'"],
    ['bakery,odd.x', 1, 'peers.odd'],
  ]
  it.each(sample(refused, 2))(
    'C29 %j: where one cannot be resolved',
    async (destination, exitCode, words) => {
      home.write(
        '.config/cross-agent-comms/peers.toml',
        '[peers]\nodd = 1\n[peers.velox]\nhost = "velox.invalid"\n',
      )
      const sent = await unsigned(destination, '-m', 'x')
      expect(sent).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(words) })
      nothingSent()
    },
  )

  it('C29 a message with its own header goes to one, and to no other', async () => {
    const file = home.write('message.org', messageText())
    expect(await unsigned('bakery,kiln', file)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^destination must be <machine>\.<project>; got 'bakery,kiln'.*\na message with its own header goes to one/,
      ),
    })
    nothingSent()
    // Rule 1: a name with a comma is a name.
    expect(await unsigned('local.bakery,kiln', file)).toMatchObject({ exitCode: 0 })
    expect(textsIn('bakery,kiln')).toEqual([messageText()])
  })

  it('C29 where gpg cannot sign: said once, not for each', async () => {
    const sent = await send('bakery,kiln', '-m', 'x')
    expect(sent).toMatchObject({ exitCode: 1, stdout: '' })
    expect(sent.stderr.match(/^signing failed/gm)).toHaveLength(1)
    nothingSent()
  })

  it('C29 under HALT, also where it comes while the last is signed', async () => {
    await home.makeKey()
    home.write(HALT, 'stop it\n')
    expect(await send('bakery,kiln', '-m', 'x')).toMatchObject({ exitCode: 5, stdout: '' })
    rmSync(join(home.path, HALT))
    // The second call of gpg is for the second message.
    home.stub(
      'gpg',
      `/usr/bin/gpg "$@" || exit; mkdir "$HOME/once" 2>/dev/null || echo stop > "$HOME/${HALT}"`,
    )
    expect(await send('bakery,kiln', '-m', 'x')).toMatchObject({ exitCode: 5, stdout: '' })
    expect(existsSync(join(home.path, HALT))).toBe(true)
    nothingSent()
  })
})

describe('C29 all are tried', () => {
  itLong('C29 an inbox that cannot be written keeps no other back', async () => {
    rmSync(home.inbox('bakery'), { recursive: true })
    home.write('projects/bakery/inbox/from-agents', 'a file')
    const sent = await unsigned('bakery,kiln', '-m', 'x')
    expect(sent.exitCode).toBe(1)
    expect(lines(sent.stdout)).toEqual([`sent: ${pathsIn('kiln')[0]}`])
    expect(lines(sent.stderr)).toEqual([
      expect.stringMatching(/^not sent: bakery: cannot deliver to .*; fix that/),
    ])
  })
})
