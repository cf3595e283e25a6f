import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { globWord } from '@cac/core/message/message-name'
import { LOGIN_SHELL_LINE, RemoteCommand, type ScriptName } from '@cac/core/peers/remote-command'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/project.mjs'
import { Home } from '../support/home'
import {
  CANARY,
  folderWithSh,
  loginShells,
  plainShells,
  type Shell,
  textMaker,
} from '../support/login-shells'
import { isLong, sample } from '../support/long'
import { seeds } from '../support/seeds'

/** Names that one shell or another would run, expand or cut. */
const NASTY = [
  `a\\'b\\'(touch ${CANARY}) #`,
  `$(touch ${CANARY})`,
  `\`touch ${CANARY}\``,
  `x;touch ${CANARY};`,
  `x&touch ${CANARY}|touch ${CANARY}`,
  `'; touch ${CANARY}; '`,
  `"; touch ${CANARY}; "`,
  `\\'; touch ${CANARY}; \\'`,
  `{a,b} * ? [c] ~root %1 ^x`,
  '!! !x !$ hist!ory',
  'C:\\temp\\new\\001',
  '-rf --help',
  'grün ⚠ \u{1f600}',
  ' two  blanks ',
]
/** The same in fewer names: each costs a few programs. */
const NAMES = [0, 4, 8, 11].map((from, index, all) => NASTY.slice(from, all[index + 1]).join(' '))
/** Values that may have lines have these, too. */
const NASTY_TEXTS = [
  ...NASTY,
  `one\ntouch ${CANARY}\n`,
  '\n\n',
  '\r\n\t\x01\x7f',
  `cross-agent end 0\ntouch ${CANARY}`,
  '',
]

let home: Home
beforeAll(() => {
  home = new Home()
})
afterAll(() => home.remove())

/** What a peer with this login shell says to a command, in a folder of its own. */
class Peer {
  readonly #shell: Shell
  readonly #sh: string
  readonly path: string
  constructor(shell: Shell, sh: string) {
    this.#shell = shell
    this.#sh = folderWithSh(home.path, sh)
    this.path = join(home.path, `${shell.name.replace(' ', '-')}-${sh}`)
  }

  begin(): void {
    rmSync(this.path, { recursive: true, force: true })
    mkdirSync(this.path)
  }

  async tell(name: ScriptName, words: readonly string[], change = (input: string) => input, rest = '') {
    const command = await RemoteCommand.make(name, words)
    const [program, ...args] = this.#shell.line
    const { stdout, status } = spawnSync(program, [...args, '-c', LOGIN_SHELL_LINE], {
      input: change(command.input) + rest,
      cwd: this.path,
      env: { HOME: this.path, PATH: `${this.#sh}:/usr/bin:/bin`, LANG: 'C.UTF-8' },
      encoding: 'utf8',
    })
    const texts = [...command.answersWithTexts(stdout)]
    return { answers: command.answersIn(stdout), texts, status, stdout }
  }

  has(path: string): boolean {
    return existsSync(join(this.path, path))
  }

  /** Nothing of what was planted ran. */
  expectNothingRan(): void {
    const all = readdirSync(this.path, { recursive: true, encoding: 'utf8' })
    expect(all.filter((path) => /(?:^|\/)PWNED\W*$/.test(path))).toEqual([])
  }
}

const HALT = '.config/cross-agent-comms/HALT'
const headOf = (name: string) => `#+CONVERSATION_ID: ${name}\n#+TITLE: t\n`
const isFileName = (text: string) => !/[/\0]/.test(text) && !['', '.', '..'].includes(text)

it('B49 all that a login shell is given is one line without anything that shells read in their own ways', () => {
  expect(LOGIN_SHELL_LINE).toMatch(/^sh -c '[^'!\\\n]*'$/)
  expect(LOGIN_SHELL_LINE.length).toBeLessThan(500)
})

it('B49 no other code runs ssh, and none gives it a line of its own', () => {
  const sources = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => /^\w+\/src\/.*(?<!\.test|\.d)\.ts$/.test(path) && !path.includes('node_modules'),
  )
  const filesWith = (words: RegExp) =>
    sources.filter((path) => words.test(readFileSync(join(root, 'packages', path), 'utf8'))).sort()
  expect(filesWith(/\b(?:exec|execSync|start(?:ForGood)?|Dialogue|Program|spawn\w*)\(\s*'ssh'/)).toEqual([
    'core/src/delivery/claimed/session.ts',
    'core/src/doctor/programs.ts',
    'core/src/peers/peer-shell.ts',
    'core/src/peers/ssh.ts',
  ])
  expect(filesWith(/LOGIN_SHELL_LINE/)).toEqual(['core/src/peers/remote-command.ts', 'core/src/peers/ssh.ts'])
  expect(filesWith(/sshTarget\(/).filter((path) => /\/(?:delivery|peers)\//.test(path))).toEqual([
    'core/src/delivery/diagnosis.ts',
    'core/src/peers/peers-file.ts',
    'core/src/peers/ssh.ts',
  ])
  // The other one is run here.
  expect(filesWith(/\.sh\?raw/)).toEqual(['core/src/peers/remote-command.ts', 'watch/src/notify-in-turn.ts'])
})

describe.each(sample(loginShells, 1))('B49 a peer with the login shell $name', (shell) => {
  it.each(sample(plainShells, 1))(
    'gets every byte as it is, and runs nothing of it, where sh is %s',
    async (sh) => {
      const peer = new Peer(shell, sh)
      peer.begin()
      const all = Array.from({ length: 0x7f }, (_, code) => String.fromCharCode(code + 1)).join('')
      const bytes = Array.from({ length: 0x80 }, (_, byte) => String.fromCharCode(0xdc80 + byte)).join('x')
      for (const reason of [`${all}${bytes}\n`, NASTY_TEXTS.join('\n'), '']) {
        const { answers } = await peer.tell('halt', [reason, 'leave'])
        expect(answers).toEqual(['done'])
        expect(readFileSync(join(peer.path, HALT)).equals(bytesOf(reason))).toBe(true)
      }
      expect((await peer.tell('resume', [])).answers).toEqual(['done'])
      expect(peer.has(HALT)).toBe(false)
      peer.expectNothingRan()
    },
  )

  it('claims, flushes and finds messages under nasty names, and answers the other questions', async () => {
    const peer = new Peer(shell, plainShells[0] ?? 'dash')
    peer.begin()
    const sender = NAMES.join('')
    const inboxes = NAMES.map((name) => `~/projects/${name}/inbox/from-agents`)
    const fileOf = (name: string) => `20260427T091142Z-from-${sender.slice(0, 60)}-${name}.org`
    for (const [index, name] of NAMES.entries()) {
      const folder = join(peer.path, 'projects', name)
      mkdirSync(join(folder, '.ai'), { recursive: true })
      const file = fileOf(name)
      const words = [
        `~/projects/${name}`,
        inboxes[index] ?? '',
        'first',
        'signed',
        'a\nsignature\n',
        file.slice(16),
        globWord(sender.slice(0, 60)),
        '2026',
        file.slice(24),
        file.slice(4, 24),
      ]
      const claim = await peer.tell('claim', words)
      expect(claim.answers).toEqual([expect.stringMatching(/^in \//), 'signed 0'])
      expect(readFileSync(join(folder, `inbox/from-agents/${file}.asc`), 'utf8')).toBe('a\nsignature\n')
      writeFileSync(join(folder, 'inbox/from-agents', file), headOf(name))
    }
    const [first = ''] = NAMES
    const flushed = await peer.tell('flush', [inboxes[0] ?? '', `${fileOf(first)}.asc`, fileOf(first)])
    expect(flushed.answers).toEqual([expect.stringMatching(/^flushed \d+:12 \d+:\d+$/)])
    const shown = sender.slice(0, 60)
    const sent = await peer.tell('sent', [globWord(shown), ...inboxes])
    expect(sent.answers.at(-1)).toBe('end')
    for (const name of NAMES)
      expect(
        sent.texts.filter(({ answer }) => answer === `message ./${fileOf(name)}`),
        name,
      ).toMatchObject([{ text: headOf(name) }, { text: headOf(name) }])
    const listed = await peer.tell('projects', [])
    expect(listed.answers.map((line) => line.split('/').at(-3)).sort()).toEqual([...NAMES, undefined].sort())
    expect((await peer.tell('examine', [])).answers).toContain(`inboxes ${NAMES.length}`)
    expect((await peer.tell('alive', [])).answers).toEqual(['done'])
    peer.expectNothingRan()
  })

  it('C30 is asked one thing after another, and peers.toml holds every byte that it gets', async () => {
    const peer = new Peer(shell, plainShells[0] ?? 'dash')
    peer.begin()
    const file = '.config/cross-agent-comms/peers.toml'
    const held = () => readFileSync(join(peer.path, file), 'utf8')
    let before = ''
    for (const text of [NASTY.join('\n'), `${NASTY_TEXTS.join('\r\n')}\n\n`, '\n', '']) {
      // Somebody else has written it meanwhile.
      expect((await peer.tell('write-peers', ['there', `${before}!`, 'x'])).answers).toEqual(['changed'])
      const words = [peer.has(file) ? 'there' : 'new', before, text]
      const relayed = await RemoteCommand.make('write-peers', words)
      const { answers, stdout } = await peer.tell('relay', [], (input) => input, relayed.input)
      expect([answers, relayed.answersIn(stdout)]).toEqual([['done'], ['done']])
      expect(held()).toBe(text)
      before = text
    }
    expect(readdirSync(join(peer.path, '.config/cross-agent-comms'))).toEqual(['peers.toml'])
    const bytes = (await peer.tell('meet', ['0'.repeat(40)])).answers
    expect(bytes).toContain('peers')
    expect(bytes.at(-1)).toBe('end')
    expect((await peer.tell('find-back', [...NASTY.slice(0, 2), ''])).answers).toEqual(['end'])
    expect((await peer.tell('accept', [NASTY.join('\n'), NAMES[0] ?? ''])).answers).toEqual([
      expect.stringMatching(/^failed /),
    ])
    peer.expectNothingRan()
  })

  it('B55 asks again where something ate the beginning of what it was told', async () => {
    const peer = new Peer(shell, plainShells[0] ?? 'dash')
    peer.begin()
    const eaters: ((input: string) => string)[] = [
      (input) => input.slice(5),
      (input) => input.split('\n').slice(3).join('\n'),
      (input) => input.slice(0, 200) + input.slice(230),
    ]
    for (const eat of eaters) {
      const { answers, stdout } = await peer.tell('halt', ['x', 'leave'], (input) => eat(input) + input)
      expect(answers).toEqual(['done'])
      expect(stdout.split('\n')).toContain('cross-agent again')
    }
    expect(await peer.tell('halt', ['x', 'leave'], (input) => input.slice(9))).toMatchObject({
      status: 1,
      answers: [],
    })
  })
})

function bytesOf(text: string): Buffer {
  return Buffer.concat(Array.from(text, byteOf))
}

/** A lone surrogate stands for a byte. */
function byteOf(character: string): Buffer {
  const code = character.codePointAt(0) ?? 0
  return code >= 0xdc80 && code <= 0xdcff ? Buffer.of(code - 0xdc00) : Buffer.from(character)
}

/** Texts that go along together, and how many times. */
const TOGETHER = 5
const TIMES = isLong ? 10 : 1

describe.each(seeds)('B49 generated names, seed %i', (seed) => {
  const { random, text } = textMaker(seed)
  it.each(sample(loginShells, 1))('arrive as they are with the login shell $name', async (shell) => {
    const peer = new Peer(shell, random.pick(plainShells as [string, ...string[]]))
    peer.begin()
    for (let n = 0; n < TIMES; n++) {
      const reason = Array.from({ length: TOGETHER }, text).join('')
      expect((await peer.tell('halt', [reason, 'leave'])).answers, JSON.stringify(reason)).toEqual(['done'])
      const wanted = bytesOf(reason)
      expect(readFileSync(join(peer.path, HALT)).equals(wanted), JSON.stringify(reason)).toBe(true)
      const name = text().replaceAll('/', '_')
      if (!isFileName(name)) continue
      mkdirSync(Buffer.concat([Buffer.from(`${peer.path}/projects/`), ...Array.from(name, byteOf)]), {
        recursive: true,
      })
      const words = [
        `~/projects/${name}`,
        `~/projects/${name}/in`,
        'first',
        'empty',
        '',
        name,
        globWord(name),
        '',
        '',
        `${n}`,
      ]
      expect((await peer.tell('claim', words)).answers, JSON.stringify(name)).toContain('claimed 0')
    }
    peer.expectNothingRan()
  })
})
