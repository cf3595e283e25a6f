import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'

let message: string
beforeEach(() => {
  for (const project of ['mill', 'bakery']) mkdirSync(home.inbox(project), { recursive: true })
  message = home.write('message.org', messageText())
})

const send = (...args: string[]) =>
  home.run('send', [...args, '--no-sign'], { cwd: join(home.path, 'projects/mill') })
const peers = (text: string) => home.write('.config/cross-agent-comms/peers.toml', text)
const messagesIn = (folder: string) =>
  readdirSync(join(home.path, folder, 'inbox/from-agents')).filter((name) => name.endsWith('.org'))
const projects = () => readdirSync(join(home.path, 'projects')).sort()

describe('C16 a destination without a dot', () => {
  it('C16 is a project on this machine', async () => {
    expect(await send('bakery', message)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^sent: .*\/projects\/bakery\/inbox\/from-agents\//),
      stderr: '',
    })
  })

  it.each(
    sample(
      [
        ['bakry', 'did you mean bakery?'],
        ['Bakery', 'did you mean bakery?'],
        ['bak', 'did you mean bakery?'],
        ['vlox', 'did you mean velox.PROJECT?'],
        ['mil', 'did you mean mill?'],
        ['zzzzzz', 'list the destinations with: cross-agent-discover'],
        ['', 'cross-agent-discover'],
        ['..', 'destination has no usable project name'],
        ['../baker', 'destination has no usable project name'],
        ['bakery/inbox', 'cross-agent-discover'],
        ['x'.repeat(300), 'cross-agent-discover'],
        ['\u001b[2Jbakery', 'cross-agent-discover'],
      ],
      1,
    ),
  )('C16 %j is not found: exit 2 with the nearest, nothing made', async (destination, words) => {
    peers('[peers.velox]\nhost = "velox.invalid"\n')
    home.write('projects/README', 'no project')
    for (const args of [
      [destination, message],
      [destination, '-m', 'x'],
    ]) {
      const refused = await send(...args)
      expect(refused).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(words) })
      expect(refused.stderr).not.toContain('\u001b')
    }
    expect(projects()).toEqual(['README', 'bakery', 'mill'])
    expect(messagesIn('projects/bakery')).toEqual([])
  })

  it('C16 files are no projects', async () => {
    home.write('projects/readme', 'no project')
    expect(await send('readme', '-m', 'x')).toMatchObject({ exitCode: 2 })
    expect((await send('readm', '-m', 'x')).stderr).not.toContain('did you mean')
  })
})

describe('C9 C16 with a dot', () => {
  it('B9 C16 the old form still makes a mistyped project, and says so', async () => {
    expect(await send('local.bakry', message)).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(
        /^warning: there was no project bakry in .*\nknown projects: bakery, mill\n$/,
      ),
    })
    expect(messagesIn('projects/bakry')).toHaveLength(1)
  })

  it.each(
    sample(
      [
        [['local.bakry', '-m', 'x'], 'did you mean bakery?'],
        [['HERE.bakry', '-m', 'x'], 'did you mean bakery?'],
        [['local.bakry', 'note.md', '--title', 'x'], 'did you mean bakery?'],
      ],
      1,
    ),
  )('C9 what is composed makes none: %j', async (args, words) => {
    home.write('projects/mill/note.md', 'Text.\n')
    const named = args.map((word) => word.replace('HERE', home.machine))
    expect(await send(...named)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`^no project 'bakry' on this machine\n${words.replace('?', '\\?')}`),
      ),
    })
    expect(projects()).toEqual(['bakery', 'mill'])
  })

  it('C16 an unknown machine: the nearest peers, and projects with a dot', async () => {
    peers('[peers.velox]\nhost = "velox.invalid"\n')
    mkdirSync(home.inbox('my.app'), { recursive: true })
    expect(await send('vlox.oven', message)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^destination not found in peers\.toml; .*\ndid you mean velox\.oven\?/),
    })
    expect(await send('my.app', '-m', 'x')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('did you mean local.my.app?'),
    })
    expect(await send('locl.bakery', '-m', 'x')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('did you mean local.bakery'),
    })
  })
})

describe('C16 roots', () => {
  beforeEach(() => {
    peers('[local]\nroots = ["~/projects", "~/code/", "/absent"]\n')
    mkdirSync(join(home.path, 'code/oven'), { recursive: true })
  })

  it('C16 a project is where one of them has it, else in the first', async () => {
    for (const args of [
      ['oven', '-m', 'x'],
      ['local.oven', message],
    ])
      expect(await send(...args)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(`sent: ${home.path}/code/oven/inbox/from-agents/`),
        stderr: '',
      })
    expect(await send('local.kiln', message)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`sent: ${home.path}/projects/kiln/inbox/from-agents/`),
      stderr: expect.stringContaining(`${home.path}/projects, ${home.path}/code, /absent`),
    })
  })

  itLong('C16 names of all of them are near, and their folders tell who sends', async () => {
    expect((await send('ovn', '-m', 'x')).stderr).toContain('did you mean oven?')
    mkdirSync(join(home.path, 'code/oven/deep'), { recursive: true })
    const cwd = join(home.path, 'code/oven/deep')
    const sent = await home.run('send', ['bakery', '-m', 'Bread', '--no-sign'], { cwd })
    expect(sent.stdout).toContain('-from-oven-bread.org')
    const text = readFileSync(sent.stdout.trim().slice('sent: '.length), 'utf8')
    expect(text).toContain(`#+FROM: ${home.machine}.oven\n`)
  })

  it('C16 a placed inbox is a project too', async () => {
    peers(`[projects.shop]\ninbox_path = "~/elsewhere/shop/inbox/from-agents"\n`)
    expect(await send('shop', '-m', 'x')).toMatchObject({ exitCode: 2 })
    mkdirSync(join(home.path, 'elsewhere/shop'), { recursive: true })
    expect(await send('shop', '-m', 'x')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(messagesIn('elsewhere/shop')).toHaveLength(1)
    expect((await send('shp', '-m', 'x')).stderr).toContain('did you mean shop?')
  })

  it.each(sample(['"~/projects"', '[]', '[1]', '["relative"]', '["~/a", "\\u001b"]'], 2))(
    'C16 roots = %s is refused',
    async (roots) => {
      peers(`[local]\nroots = ${roots}\n`)
      expect(await send('local.bakery', message)).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringContaining('local.roots must be a list of folders'),
      })
    },
  )
})

it('the command alone shows the three ways to use it', async () => {
  const alone = await home.run('send', [])
  expect(alone).toMatchObject({ exitCode: 2, stdout: '' })
  expect(alone.stderr.split('\n')).toEqual([
    'cross-agent-send: error: the following arguments are required: destination, message_file',
    expect.stringContaining('cross-agent-send DESTINATION -m TEXT'),
    expect.stringContaining('cross-agent-send --reply-to MESSAGE -m TEXT'),
    expect.stringContaining('cross-agent-send DESTINATION FILE'),
    'see: cross-agent-send --help',
    '',
  ])
})

describe('an invalid header shows the line as it should be', () => {
  it.each(
    sample(
      [
        ['MESSAGE_TYPE', 'reqest', 'invalid MESSAGE_TYPE: ', '#+MESSAGE_TYPE: request'],
        ['SEQUENCE', 'no. 3', 'SEQUENCE must be an integer', '#+SEQUENCE: 3'],
        [
          'TIMESTAMP',
          '2026-04-27T04:11:42',
          'TIMESTAMP must be',
          /#\+TIMESTAMP: 2026-04-27T04:11:42[+-]\d\d:\d\d/,
        ],
        ['PROTOCOL_VERSION', '4', 'PROTOCOL_VERSION must be 5', '#+PROTOCOL_VERSION: 5'],
        ['CONVERSATION_ID', 'a/b', "CONVERSATION_ID must not contain '/'", '#+CONVERSATION_ID: a-b'],
      ],
      3,
    ),
  )('%s: %s', async (field, value, first, line) => {
    const refused = await send('bakery', home.write('m.org', messageText({ [field]: value })))
    expect(refused).toMatchObject({ exitCode: 4, stdout: '' })
    const [problem, hint] = refused.stderr.split('\n')
    expect(problem?.startsWith(first)).toBe(true)
    expect(hint).toMatch(line)
  })

  it.each(
    sample(
      [
        ['#+title: x\n', /^frontmatter missing required fields: .*\nwrite #\+TITLE: instead of #\+title:/],
        ['Hello.\n', /^frontmatter missing required fields: .*\nthe header is missing; .*-m TEXT/],
        ['Intro\n---\ntitle: x\n---\n', /front matter: its --- must be the first line/],
      ],
      3,
    ),
  )('%j', async (text, words) => {
    expect(await send('bakery', home.write('m.org', text))).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(words),
    })
  })
})
