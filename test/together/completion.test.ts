import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { binOf, commands } from '../../scripts/project.mjs'
import { bashOffers, fishOffers, zshLine } from '../support/half-typed'
import { Home } from '../support/home'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'
import { has } from '../support/programs'

const NAME = '20260427T091142Z-from-bakery-flour.org'
const PATH = `inbox/from-agents/${NAME}`
/** Each would make the file `pwned`, or forge a line or a terminal's doing, if anything obeyed it. */
const HOSTILE = ['$(touch pwned)', '`touch pwned`', 'z;touch pwned', "it's", 'zwei Worte', 'a"b$HOME']
const UNOFFERED = ['--tailnet', 'x\nmill2', 'esc\u001b[2J', 'bidi\u202e']

const home = sharedHome()
const mill = join(home.path, 'projects/mill')
const bash = (...words: string[]) => bashOffers(home, mill, ...words)

beforeAll(() => {
  mkdirSync(home.programs, { recursive: true })
  for (const command of commands) symlinkSync(binOf(command), join(home.programs, `cross-agent-${command}`))
  for (const project of ['mill', 'bakery', 'bank', ...HOSTILE, ...UNOFFERED])
    mkdirSync(home.inbox(project), { recursive: true })
  home.write('.config/cross-agent-comms/peers.toml', '[peers.velox]\nhost = "v.invalid"\n[peers.nova]\n')
  const projects = ['career', 'a b', '$(touch pwned)']
  home.write(
    '.cache/cross-agent-comms/discovery.json',
    JSON.stringify({ peers: [{ name: 'velox', projects }] }),
  )
  home.write(`projects/mill/${PATH}`, messageText({ CONVERSATION_ID: 'flour' }))
  // What runs is found on PATH, not where one happens to be.
  home.write('projects/mill/cross-agent-send', '#!/bin/sh\ntouch pwned\n', 0o755)
})
afterAll(() => {
  const made = readdirSync(home.path, { recursive: true }).filter(
    (name) => basename(String(name)) === 'pwned',
  )
  expect(made).toEqual([])
})

describe('what the commands tell the scripts', () => {
  const values = async (kind: string, word = '', cwd = mill) => {
    const { stdout, stderr } = await home.run('send', ['--completion-values', kind, word], { cwd })
    expect(stderr).toBe('')
    return stdout.split('\n').slice(0, -1).sort()
  }

  it('C8 destinations: projects here, those of peers as discover saw them, other peers', async () => {
    const there = ['velox.$(touch pwned)', 'velox.a b', 'velox.career', 'nova.']
    expect(await values('destination')).toEqual(['mill', 'bakery', 'bank', ...HOSTILE, ...there].sort())
    expect(await values('destination', 'velox.c')).toEqual(['velox.career'])
    expect(await values('destination', 'local.ba')).toEqual(['local.bakery', 'local.bank'])
    expect(await values('destination', `${home.machine}.ba`)).toEqual(
      ['bakery', 'bank'].map((name) => `${home.machine}.${name}`),
    )
  })

  it('C8 messages that wait: of this project, else of all', async () => {
    expect(await values('message')).toEqual([PATH])
    expect(await values('message', join(home.path, 'projects/mill/in'))).toEqual([join(mill, PATH)])
    expect(await values('message', '', '/')).toEqual([join(mill, PATH)])
    expect(await values('conversation')).toEqual(['flour'])
  })

  it('C8 projects and peers', async () => {
    expect(await values('project', 'b')).toEqual(['bakery', 'bank'])
    expect(await values('peer')).toEqual(['nova', 'velox'])
    expect(await values('nonsense')).toEqual([])
  })

  it.each(commands)('C8 never looks like success: %s', async (command) => {
    const { exitCode } = await home.run(command, ['--completion-values', 'peer', ''])
    expect(exitCode).toBe(command === 'recv' ? 3 : 1)
  })

  itLong('C8 what cannot be read is left out', async () => {
    const other = new Home()
    mkdirSync(other.inbox('mill'), { recursive: true })
    for (const cache of [
      '',
      '[]',
      '{"peers":1}',
      '{"peers":[1,{"name":2},{"name":"velox","projects":3}]}',
      'null',
    ]) {
      other.write('.cache/cross-agent-comms/discovery.json', cache)
      other.write('.config/cross-agent-comms/peers.toml', '[peers.velox]\n')
      const run = (kind: string) => other.run('send', ['--completion-values', kind, ''])
      expect(await run('destination')).toMatchObject({ stdout: 'mill\nvelox.\n', stderr: '' })
      other.write('.config/cross-agent-comms/peers.toml', 'broken')
      expect(await run('peer')).toMatchObject({ stdout: '', stderr: '' })
    }
    other.remove()
  })
})

describe('bash', () => {
  it.each<[string[], string[]]>(
    sample(
      [
        [
          ['send', 'ba'],
          ['bakery', 'bank'],
        ],
        [['send', 'velox.c'], ['velox.career']],
        [['send', "'zwei"], ['zwei Worte']],
        [['send', '"zwei'], ['zwei Worte']],
        [['send', 'zwei\\ '], ['zwei Worte']],
        [['send', 'bakery', '--ti'], ['--title']],
        [['send', 'bakery', '--type', 'pro'], ['progress']],
        [['send', 'bakery', '--type', '=', 'pro'], ['progress']],
        [['send', 'bakery', '-m', 'com'], []],
        [['send', '--reply-to', 'inbox/'], [PATH]],
        [['send', '--', '--ti'], []],
        [['recv', ''], [PATH]],
        [['recv', '--done', PATH, 'inbox'], [PATH]],
        [['recv', '--next', '--project', 'bak'], ['bakery']],
        [['watch', '--service', 're'], ['remove']],
        [
          ['watch', '--hook', 'c'],
          ['claude', 'codex', 'cursor'],
        ],
        [['watch', '--exec', 'touc'], ['touch']],
        [['watch', '--exec', 'x', '--ti'], []],
        [['discover', '--peer', 'v'], ['velox']],
        [['halt', 'run'], []],
        [['halt', '--t'], ['--tailnet']],
        [
          ['resume', ''],
          ['--help', '--tailnet', '--version'],
        ],
      ],
      5,
    ),
  )('C8 %j', async ([command, ...words], offers) => {
    expect(await bash(`cross-agent-${command}`, ...words)).toEqual(offers)
  })

  itLong('C8 hostile names are offered as words, and run nothing', async () => {
    const typed = ['', '$', '`', "'", '"', '\\$', '\\`', 'z', 'velox.']
    for (const word of typed) {
      const offers = await bash('cross-agent-send', word)
      for (const offer of offers)
        expect([...HOSTILE, 'mill', 'bakery', 'bank', 'nova.']).toContain(
          offer.replace(/^velox\..*/, 'nova.'),
        )
      expect(existsSync(join(mill, 'pwned'))).toBe(false)
    }
    expect(await bash('cross-agent-send', '')).toEqual(expect.arrayContaining(HOSTILE))
    // Between double quotes, bash would obey what such names hold.
    expect(await bash('cross-agent-send', '"')).toEqual(
      expect.not.arrayContaining(['$(touch pwned)', 'a"b$HOME']),
    )
  })
})

describe.skipIf(!has('zsh'))('zsh', () => {
  it.each(
    sample(
      [
        ['cross-agent-send bak', 'cross-agent-send bakery '],
        ['cross-agent-send velox.c', 'cross-agent-send velox.career '],
        ['cross-agent-send no', 'cross-agent-send nova.'],
        ['cross-agent-send zwei', 'cross-agent-send zwei\\ Worte '],
        ['cross-agent-send \\$', 'cross-agent-send \\$\\(touch\\ pwned\\) '],
        ["cross-agent-send '`", "cross-agent-send '`touch pwned`' "],
        ['cross-agent-send bakery --ti', 'cross-agent-send bakery --title='],
        ['cross-agent-send bakery --type=pro', 'cross-agent-send bakery --type=progress '],
        ['cross-agent-send bakery --type com', 'cross-agent-send bakery --type complete '],
        ['cross-agent-send --reply-to in', `cross-agent-send --reply-to ${PATH} `],
        ['cross-agent-recv ', `cross-agent-recv ${PATH} `],
        ['cross-agent-recv --next --project bak', 'cross-agent-recv --next --project bakery '],
        ['cross-agent-watch --service re', 'cross-agent-watch --service remove '],
        ['cross-agent-watch --exec touc', 'cross-agent-watch --exec touch '],
        ['cross-agent-discover --peer v', 'cross-agent-discover --peer velox '],
        ['cross-agent-halt --ta', 'cross-agent-halt --tailnet '],
        ['cross-agent-resume --ta', 'cross-agent-resume --tailnet '],
        ['cross-agent-status --he', 'cross-agent-status --he'],
      ],
      2,
    ),
  )('C8 %s', async (line, completed) => {
    expect(await zshLine(home, mill, line)).toBe(completed)
  })
})

describe.skipIf(!has('fish'))('fish', () => {
  it.each<[string, string[]]>(
    sample(
      [
        ['cross-agent-send bak', ['bakery']],
        ['cross-agent-send velox.', ['velox.$(touch pwned)', 'velox.a b', 'velox.career']],
        ['cross-agent-send zwei', ['zwei Worte']],
        ["cross-agent-send '$", ['$(touch pwned)']],
        ['cross-agent-send bakery --ti', ['--title']],
        ['cross-agent-send bakery --type=pro', ['--type=progress']],
        ['cross-agent-send bakery --type com', ['complete']],
        ['cross-agent-send --reply-to inbox/f', ['inbox/from-agents/', PATH]],
        ['cross-agent-recv inbox/f', ['inbox/from-agents/', PATH]],
        ['cross-agent-recv --next --project bak', ['bakery']],
        ['cross-agent-watch --service re', ['remove']],
        ['cross-agent-watch --exec touch', ['touch']],
        ['cross-agent-discover --peer v', ['velox']],
        ['cross-agent-halt --ta', ['--tailnet']],
        ['cross-agent-halt run', []],
        ['cross-agent-resume --ta', ['--tailnet']],
        ['cross-agent-status --here', ['--here']],
      ],
      2,
    ),
  )('C8 %s', async (line, offers) => {
    expect((await fishOffers(home, mill, line)).sort()).toEqual([...offers].sort())
  })
})
