import { spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { LOGIN_SHELL_LINE, RemoteCommand, type ScriptName } from '@cac/core/peers/remote-command'
import { describe, expect } from 'vitest'
import { DOMAIN, launchctlCalls, stubLaunchctl } from '../support/darwin'
import { bsdPeer, busyboxPeer, type LeanPeer } from '../support/lean-peers'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'
import { has } from '../support/programs'
import { hasRoot } from '../support/root'
import { withoutProc } from '../support/without-proc'

const NAME = '20260101T000000Z-from-mill-talk.org'
const DONE = '20260101T000001Z-from-mill-talk.org'
const DAY = 24 * 60 * 60

/** What a peer says to a command, with `rest` behind it. A BSD has no /proc. */
async function tell(peer: LeanPeer, name: ScriptName, words: readonly string[], rest = '') {
  const folder = peer(home)
  const command = await RemoteCommand.make(name, words)
  const [program = '', ...args] = peer === bsdPeer && hasRoot ? withoutProc(home, {}) : ['env']
  // The programs of the peer come into force behind those that make it.
  const line = [...args, '/usr/bin/env', '-i', `HOME=${home.path}`, `PATH=${folder}`, `${folder}/sh`, '-c']
  const { stdout, stderr } = spawnSync(program, [...line, LOGIN_SHELL_LINE], {
    input: command.input + rest,
    cwd: home.path,
    encoding: 'utf8',
  })
  return { answers: command.answersIn(stdout), stderr }
}

const claimWords = (name: string, signature: string) => [
  '~/projects/bob',
  '~/projects/bob/inbox/from-agents',
  'first',
  'signed',
  signature,
  name.slice(16),
  'mill',
  '2026',
  name.slice(24),
  name.slice(4, 24),
]

describe.each([
  ['a BSD', bsdPeer, true],
  ['busybox alone', busyboxPeer, has('busybox')],
] as const)('a peer with %s', (_, peer, isThere) => {
  it.skipIf(!isThere)('B9 claims, flushes and tells what arrived', async () => {
    mkdirSync(join(home.path, 'projects/bob'), { recursive: true })
    const { answers, stderr } = await tell(peer, 'claim', claimWords(NAME, 'a\nsignature\n'), 'flush\n')
    expect(stderr).toBe('')
    expect(answers).toEqual([expect.stringMatching(/^in \//), 'signed 0', 'absent'])
    expect(readFileSync(join(home.inbox('bob'), `${NAME}.asc`), 'utf8')).toBe('a\nsignature\n')
    home.write(`projects/bob/inbox/from-agents/${NAME}`, 'mail\n')
    const flushed = await tell(peer, 'flush', ['~/projects/bob/inbox/from-agents', `${NAME}.asc`, NAME])
    expect(flushed).toEqual({
      answers: [expect.stringMatching(/^flushed (?:\d+|-):12 (?:\d+|-):5$/)],
      stderr: '',
    })
    expect(existsSync(join(home.path, 'all-was-flushed'))).toBe(peer === bsdPeer && !hasRoot)
  })

  it.skipIf(!isThere)('B47 removes leftovers of failed sends, old ones only', async () => {
    const inbox = 'projects/bob/inbox/from-agents'
    const now = Date.now() / 1000
    for (const [second, age] of [
      [1, 2.5],
      [2, 0.5],
    ] as const) {
      const file = home.write(`${inbox}/2025010${second}T000000Z-from-mill-talk.org.asc`, '')
      utimesSync(file, now - age * DAY, now - age * DAY)
    }
    const below = home.write(`${inbox}/below/20250101T000000Z-from-mill-talk.org.asc`, '')
    utimesSync(below, now - 9 * DAY, now - 9 * DAY)
    const { answers, stderr } = await tell(peer, 'claim', claimWords(NAME, 'a\nsignature\n'))
    expect({ answer: answers.at(-1), stderr }).toEqual({ answer: 'signed 0', stderr: '' })
    expect(readdirSync(home.inbox('bob')).sort()).toEqual([
      '20250102T000000Z-from-mill-talk.org.asc',
      `${NAME}.asc`,
      'below',
    ])
    expect(existsSync(below)).toBe(true)
  })

  it.skipIf(!isThere)('C18 tells what it has of a sender, and when it was moved', async () => {
    for (const [name, text] of [
      [NAME, messageText()],
      [`done/${DONE}`, messageText()],
      [`below/${NAME}`, messageText()],
      ['20260101T000000Z-from-elm-talk.org', messageText()],
    ] as const)
      home.write(`projects/bob/inbox/from-agents/${name}`, text)
    mkdirSync(join(home.path, 'projects/empty/inbox/from-agents'), { recursive: true })
    const taken = '{"process":{"pid":1,"started":"Thu Jan  1 00:00:01 2026","scope":"5d2e24a1-0"}}\n'
    for (const age of [0.5, 2.5]) {
      const take = home.write(`projects/bob/inbox/from-agents/.tmp.taken-c${age}`, taken)
      utimesSync(take, Date.now() / 1000 - age * DAY, Date.now() / 1000 - age * DAY)
    }
    expect(await tell(peer, 'sent', ['mill'])).toEqual({
      answers: [
        'inbox usual bob',
        `message ./${NAME}`,
        expect.stringMatching(new RegExp(`^changed \\d{10} \\./${NAME}$`)),
        `message done/${DONE}`,
        expect.stringMatching(new RegExp(`^changed \\d{10} done/${DONE}$`)),
        expect.stringMatching(/^touched \d{10}$/),
        expect.stringMatching(/^touched \d{10}$/),
        expect.stringMatching(/^touched \d{10}$/),
        'take',
        'end',
      ],
      stderr: '',
    })
  })

  it.skipIf(!isThere)('C6 answers the doctor', async () => {
    const folder = peer(home)
    home.write(
      `${folder.slice(home.path.length + 1)}/cross-agent-status`,
      '#!/bin/sh\necho cross-agent-status 9.9.9\n',
      0o755,
    )
    const { answers, stderr } = await tell(peer, 'examine', [])
    expect({ answers, stderr }).toEqual({
      answers: [
        expect.stringMatching(/^time \d{10}$/),
        'inboxes 0',
        `host ${hostname()}`,
        expect.stringMatching(
          new RegExp(
            `^home ${peer === bsdPeer && hasRoot ? '8d4ac0f5-0000' : '[\\da-f-]{36}'} +\\d+ ${home.path}$`,
          ),
        ),
        'local',
        'version cross-agent-status 9.9.9',
      ],
      stderr: '',
    })
  })
})

it('C30 a BSD keeps a peers.toml that is a link to a link', async () => {
  const file = home.write('dotfiles/peers.toml', 'before\n')
  symlinkSync('peers.toml', join(home.path, 'dotfiles/link'))
  mkdirSync(join(home.path, '.config/cross-agent-comms'), { recursive: true })
  const link = join(home.path, '.config/cross-agent-comms/peers.toml')
  symlinkSync('../../dotfiles/link', link)
  const words = ['there', 'before\n', 'after\n']
  expect(await tell(bsdPeer, 'write-peers', words)).toEqual({ answers: ['done'], stderr: '' })
  expect(readFileSync(file, 'utf8')).toBe('after\n')
  expect(lstatSync(link).isSymbolicLink()).toBe(true)
})

describe('B6 a BSD flushes single files', () => {
  const claimed = async () => {
    mkdirSync(join(home.path, 'projects/bob'), { recursive: true })
    const { answers } = await tell(bsdPeer, 'claim', claimWords(NAME, 'a\nsignature\n'))
    return answers.at(-1)
  }

  it.runIf(hasRoot)('by perl, the folder too', async () => {
    const log = join(home.path, 'calls')
    const folder = bsdPeer(home)
    rmSync(join(folder, 'perl'))
    home.write(
      'bsd/perl',
      `#!/bin/sh\nexec /usr/bin/strace -e trace=fsync -o '${log}' /usr/bin/perl "$@"\n`,
      0o755,
    )
    expect(await claimed()).toBe('signed 0')
    expect(readFileSync(log, 'utf8').match(/^fsync\(\d+\) += 0$/gm)).toHaveLength(2)
  })

  it.runIf(hasRoot)('by fsync, and tells of a disk that fails', async () => {
    bsdPeer(home)
    home.write('bsd/fsync', `#!/bin/sh\necho "$*" > '${home.path}/calls'\n`, 0o755)
    expect(await claimed()).toBe('signed 0')
    expect(readFileSync(join(home.path, 'calls'), 'utf8')).toBe(`-- ${NAME}.asc\n`)
    rmSync(home.inbox('bob'), { recursive: true })
    home.write('bsd/fsync', '#!/bin/sh\necho "fsync: x: Input/output error" >&2; exit 1\n', 0o755)
    expect(await claimed()).toBe('full')
    expect(readdirSync(home.inbox('bob'))).toEqual([])
  })
})

describe('A8 a peer with launchd', () => {
  const HALT = '.config/cross-agent-comms/HALT'
  const plist = () => join(home.path, 'Library/LaunchAgents/cross-agent-watch.plist')
  const bsdWith = (launchctl: string) => {
    const folder = bsdPeer(home)
    home.write('bsd/launchctl', `#!/bin/sh\nPATH=/usr/bin:/bin\n${launchctl}\n`, 0o755)
    return folder
  }
  const useStub = () => {
    stubLaunchctl(home)
    bsdWith(`exec '${join(home.programs, 'launchctl')}' "$@"`)
  }

  it('stops and starts the agent, also one that is loaded', async () => {
    useStub()
    home.write('Library/LaunchAgents/cross-agent-watch.plist', '<plist><dict/></plist>')
    home.write('loaded/cross-agent-watch', '')
    expect(await tell(bsdPeer, 'halt', ['why', 'stop'])).toEqual({ answers: ['done'], stderr: '' })
    expect(readFileSync(join(home.path, HALT), 'utf8')).toBe('why')
    for (const _ of 'ab') expect(await tell(bsdPeer, 'resume', [])).toEqual({ answers: ['done'], stderr: '' })
    expect(existsSync(join(home.path, HALT))).toBe(false)
    const target = `${DOMAIN}/cross-agent-watch`
    const load = `bootstrap ${DOMAIN} ${plist()}`
    expect(launchctlCalls(home)).toEqual([`bootout ${target}`, load, load, `kickstart ${target}`])
  })

  it('is halted without stopping it, if that is asked for', async () => {
    useStub()
    expect(await tell(bsdPeer, 'halt', ['why', 'leave'])).toMatchObject({ answers: ['done'] })
    expect(launchctlCalls(home)).toEqual([])
  })

  itLong('does not wait for a launchctl that does not end', async () => {
    bsdWith(`echo $$ > '${home.path}/pid'; trap '' TERM; exec sleep 3600`)
    expect(await tell(bsdPeer, 'halt', ['why', 'stop'])).toEqual({ answers: ['done'], stderr: '' })
    const pid = Number(readFileSync(join(home.path, 'pid'), 'utf8'))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})
