import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from 'jsonc-parser'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sample } from '../../../../test/support/long'
import { Failure } from '../command/failure'
import { paths } from '../fs/paths'
import type { AgentName } from './agent'
import { AGENTS } from './agents'
import { checkHooks, type HookPlace, installHooks, removeHooks, startProblem } from './install-hooks'

const PROGRAM = '/usr/local/bin/cross-agent-watch'
const WITH_SETTINGS = ['claude', 'codex', 'gemini', 'cursor'] as const

let folder: string
let home: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hooks-'))
  home = join(folder, 'home')
  mkdirSync(home)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function place(program = PROGRAM, below = home): HookPlace {
  return { folder: below, program, paths: paths(home) }
}

function fileOf(name: AgentName): string {
  return join(home, AGENTS[name].settings?.file ?? '')
}

function put(name: AgentName, text: string | Buffer): void {
  mkdirSync(dirname(fileOf(name)), { recursive: true })
  writeFileSync(fileOf(name), text)
}

function text(name: AgentName): string {
  return readFileSync(fileOf(name), 'utf8')
}

/** Every file and folder below the home, with bytes, modes and links. */
function tree(below = home): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(below, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(below, name)
    const stats = lstatSync(path)
    const content = stats.isSymbolicLink()
      ? readlinkSync(path)
      : stats.isFile()
        ? readFileSync(path, 'latin1')
        : ''
    found[name] = `${stats.mode.toString(8)} ${content}`
  }
  return found
}

async function states(
  run: typeof installHooks | typeof removeHooks | typeof checkHooks,
  name: AgentName,
  at = place(),
) {
  return (await run(AGENTS[name], at)).map(({ state }) => state)
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('it did not fail')
}

interface Handler {
  command: string
  async?: boolean
  asyncRewake?: boolean
  timeout?: number
}

/** What each agent would run, by event. Reads the file as the agent does. */
function commands(name: AgentName): Record<string, string[]> {
  const settings: { hooks?: Record<string, (Handler & { hooks?: Handler[] })[]> } = parse(text(name))
  const entries = Object.entries(settings.hooks ?? {}).map(([event, items]) => [
    event,
    (Array.isArray(items) ? items : []).flatMap((item) =>
      (item.hooks ?? [item]).map(({ command }) => command),
    ),
  ])
  return Object.fromEntries(entries)
}

/** Whether another text holds all characters of a text, in the same order. */
function isWithin(part: string, whole: string): boolean {
  let at = -1
  return [...part].every((character) => {
    at = whole.indexOf(character, at + 1)
    return at >= 0
  })
}

const EXPECTED = {
  claude: {
    SessionStart: [`${PROGRAM} --hook claude`, `${PROGRAM} --hook claude --once`],
    UserPromptSubmit: [`${PROGRAM} --hook claude`],
    Stop: [`${PROGRAM} --hook claude`, `${PROGRAM} --hook claude --once`],
  },
  codex: {
    SessionStart: [`${PROGRAM} --hook codex`],
    UserPromptSubmit: [`${PROGRAM} --hook codex`],
    Stop: [`${PROGRAM} --hook codex`],
  },
  gemini: {
    SessionStart: [`${PROGRAM} --hook gemini`],
    BeforeAgent: [`${PROGRAM} --hook gemini`],
    AfterAgent: [`${PROGRAM} --hook gemini`],
  },
  cursor: {
    sessionStart: [`${PROGRAM} --hook cursor`],
    beforeSubmitPrompt: [`${PROGRAM} --hook cursor`],
    stop: [`${PROGRAM} --hook cursor`],
  },
}

/** Somebody's hook at an event of each agent, in that agent's form. */
function somebodysHook(name: (typeof WITH_SETTINGS)[number], command = './lint.sh'): string {
  if (name === 'cursor') return `"stop": [{ "command": "${command}" }]`
  return `"${AGENTS[name].events.turnEnd}": [{ "matcher": "", "hooks": [{ "type": "command", "command": "${command}", "x": 1 }] }]`
}

type Name = (typeof WITH_SETTINGS)[number]

/** Typical settings files. */
const FILES: { readonly [what: string]: (name: Name) => string | Buffer | undefined } = {
  missing: () => undefined,
  empty: () => '',
  'one empty line': () => '\n',
  'an empty object': () => '{}\n',
  'other settings, no end of line': () =>
    '{\n  "model": "opus",\n  "permissions": { "allow": ["Bash(ls:*)"] }\n}',
  'other hooks': (name) =>
    `{\n  "z": 1,\n  "hooks": {\n    "Other": "what?",\n    ${somebodysHook(name)}\n  },\n  "a": [1, 2]\n}\n`,
  comments: (name) =>
    `// mine\n{\n  "version": 1, // one\n  /* hooks */\n  "hooks": {\n    // lint\n    ${somebodysHook(name)}, // last\n  }, // end\n  // more\n}\n// after\n`,
  CRLF: (name) => `{\r\n  "a": true,\r\n  "hooks": {\r\n    ${somebodysHook(name)}\r\n  }\r\n}\r\n`,
  tabs: (name) => `{\n\t"a": {\n\t\t"b": null\n\t},\n\t"hooks": {\n\t\t${somebodysHook(name)}\n\t}\n}\n`,
  'on one line': (name) => `{"version":1,"hooks":{${somebodysHook(name)}},"é\\u00e9":"\u2028"}`,
  'byte order mark': () => '\ufeff{\n    "a": 1\n}\n',
  'empty lists': (name) => `{ "hooks": { "${AGENTS[name].events.turnEnd}": [ ], "Other": [] } }`,
}

describe.each(sample(WITH_SETTINGS, 2))('C17 %s', (name) => {
  describe.each(Object.entries(FILES))('C17 a settings file: %s', (what, make) => {
    const original = make(name)

    beforeEach(() => {
      if (original !== undefined) put(name, original)
    })

    it('C17 install, twice, check, remove', async () => {
      const before = tree()
      expect((await states(checkHooks, name))[0]).toBe('absent')
      expect(tree()).toEqual(before)

      expect((await states(installHooks, name))[0]).toBe('installed')
      const run = commands(name)
      for (const [event, ours] of Object.entries(EXPECTED[name]))
        expect(run[event]?.filter((command) => command !== './lint.sh')).toEqual(ours)
      if (String(original).includes('lint.sh'))
        expect(run[AGENTS[name].events.turnEnd]).toContain('./lint.sh')
      expect((await states(checkHooks, name))[0]).toBe('installed')

      const installed = tree()
      expect(new Set(await states(installHooks, name))).toEqual(new Set(['unchanged']))
      expect(tree()).toEqual(installed)

      expect((await states(removeHooks, name))[0]).toBe('removed')
      const { '.local': _a, '.local/state': _b, '.local/state/cross-agent-comms': _c, ...rest } = tree()
      expect(rest).toEqual(before)
      expect((await states(removeHooks, name))[0]).toBe('absent')
    })

    it('C17 what is there stays: order, comments, line ends, indentation', async () => {
      await installHooks(AGENTS[name], place())
      const now = text(name)
      expect(isWithin(String(original ?? '').replace(/\s/g, ''), now)).toBe(true)
      if (what === 'byte order mark') expect(now.startsWith('\ufeff{')).toBe(true)
      if (what === 'CRLF') expect(now).not.toMatch(/[^\r]\n/)
      if (what === 'tabs') expect(now).not.toMatch(/^ +/m)
      for (const comment of String(original).match(/\/\/.*|\/\*.*\*\//g) ?? []) expect(now).toContain(comment)
      expect(parse(now)).toMatchObject({ ...parse(String(original ?? '{}').trim() || '{}'), hooks: {} })
    })

    it('C17 somebody changes the file meanwhile: only ours goes', async () => {
      await installHooks(AGENTS[name], place())
      writeFileSync(fileOf(name), text(name).replace('{', '{ "new": 7,'))
      expect((await states(removeHooks, name))[0]).toBe('removed')
      expect(text(name)).not.toContain('cross-agent-watch')
      const { new: added, version: _, ...rest } = parse(text(name))
      expect(added).toBe(7)
      const { version: __, ...had } = parse(String(original ?? '{}').trim() || '{}') ?? {}
      if (what === 'empty lists') return
      expect(rest).toEqual(had)
      for (const comment of String(original).match(/\/\/.*|\/\*.*\*\//g) ?? [])
        expect(text(name)).toContain(comment)
      expect(existsSync(paths(home).hookRecords)).toBe(false)
    })
  })

  it('C17 ours is there already, with another path and older flags', async () => {
    const old = somebodysHook(name, `/old/bin/cross-agent-watch --hook ${name} --old-flag`)
    const original = `{\n  "hooks": {\n    "Gone": ${old.slice(old.indexOf('['))},\n    ${old}\n  }\n}\n`
    put(name, original)
    expect((await states(checkHooks, name))[0]).toBe('outdated')
    expect((await states(installHooks, name))[0]).toBe('updated')
    expect(commands(name)).toEqual(EXPECTED[name])
    if (name !== 'cursor') expect(text(name)).toContain('"x": 1')
    const installed = text(name)
    expect((await states(installHooks, name))[0]).toBe('unchanged')
    expect(text(name)).toBe(installed)
    expect((await states(removeHooks, name))[0]).toBe('removed')
    expect(text(name)).not.toContain('cross-agent')
  })

  it('C17 another path, installed by us: updated, and the bytes from before come back', async () => {
    const original = `{ "a": 1 }`
    put(name, original)
    await installHooks(AGENTS[name], place('/old place/cross-agent-watch'))
    expect(Object.values(commands(name)).flat()).toContain(`'/old place/cross-agent-watch' --hook ${name}`)
    expect((await states(checkHooks, name))[0]).toBe('outdated')
    expect((await states(installHooks, name))[0]).toBe('updated')
    expect(commands(name)).toEqual(EXPECTED[name])
    await removeHooks(AGENTS[name], place())
    expect(text(name)).toBe(original)
  })

  it('C17 a hook of ours that is there twice is there once', async () => {
    await installHooks(AGENTS[name], place())
    const event = AGENTS[name].events.sessionStart
    const settings = parse(text(name))
    const once = commands(name)[event]?.length ?? 0
    settings.hooks[event].push(settings.hooks[event][0])
    writeFileSync(fileOf(name), JSON.stringify(settings))
    expect(commands(name)[event]).toHaveLength(2 * once)
    expect((await states(checkHooks, name))[0]).toBe('outdated')
    await installHooks(AGENTS[name], place())
    expect(commands(name)).toEqual(EXPECTED[name])
  })

  it('C17 what somebody has set in a hook of ours stays', async () => {
    await installHooks(AGENTS[name], place())
    const changed = text(name).replace(/"timeout": \d+/, '"timeout": 77')
    writeFileSync(fileOf(name), changed)
    expect((await states(installHooks, name))[0]).toBe('unchanged')
    expect(text(name)).toBe(changed)
  })

  it.each([
    ['broken', '{ "a": 1,, }', 'settings-not-json', 'line 1, column 10'],
    ['cut off', '{\n  "a": [1, 2', 'settings-not-json', 'line 2'],
    ['no JSON', 'hooks = true', 'settings-not-json', 'line 1'],
    ['more than one value', '{} {}', 'settings-not-json', 'line 1, column 4'],
    ['a list', '[1]', 'settings-misshaped', 'the top level (line 1, column 1) is an array, not an object'],
    ['null', 'null', 'settings-misshaped', 'the top level (line 1, column 1) is null, not an object'],
    [
      'hooks is a list',
      '{\n "hooks": [] }',
      'settings-misshaped',
      '"hooks" (line 2, column 11) is an array, not an object',
    ],
    [
      'hooks is null',
      '{ "hooks": null }',
      'settings-misshaped',
      '"hooks" (line 1, column 12) is null, not an object',
    ],
    ['hooks is there twice', '{ "hooks": {}, "hooks": {} }', 'settings-misshaped', 'there twice'],
    [
      'an event is an object',
      '{ "hooks": { "EVENT": {} } }',
      'settings-misshaped',
      'is an object, not an array',
    ],
    ['nested deeply', `{"a":${'['.repeat(100_000)}`, 'settings-not-json', 'line 1'],
  ])('C17 left alone: %s', async (_what, content, kind, words) => {
    put(name, content.replace('EVENT', AGENTS[name].events.turnEnd))
    const before = tree()
    for (const run of [installHooks, checkHooks, removeHooks]) {
      const failure = await failureOf(run(AGENTS[name], place()))
      expect(failure.kind).toBe(kind)
      expect(failure.message).toContain(words)
      expect(failure.message).toContain(fileOf(name))
      expect(failure.message).not.toContain('\n')
      expect(failure.hints.join()).toContain('nothing was changed')
      expect(tree()).toEqual(before)
    }
  })

  it('C17 left alone: not UTF-8, no file, a link to nothing, too large', async () => {
    put(name, Buffer.from('{ "a": "\xff" }', 'latin1'))
    expect((await failureOf(installHooks(AGENTS[name], place()))).message).toContain('not UTF-8')
    rmSync(fileOf(name))
    mkdirSync(fileOf(name))
    expect((await failureOf(installHooks(AGENTS[name], place()))).kind).toBe('settings-unreadable')
    rmSync(fileOf(name), { recursive: true })
    symlinkSync('nowhere.json', fileOf(name))
    expect((await failureOf(installHooks(AGENTS[name], place()))).message).toContain('ENOENT')
    expect(readlinkSync(fileOf(name))).toBe('nowhere.json')
    rmSync(fileOf(name))
    put(name, Buffer.alloc(11 * 1024 * 1024, ' '))
    expect((await failureOf(installHooks(AGENTS[name], place()))).kind).toBe('settings-unreadable')
    expect(existsSync(paths(home).hookRecords)).toBe(false)
  })

  it('C17 left alone: a read-only file, a read-only folder', async () => {
    put(name, '{}')
    chmodSync(fileOf(name), 0o444)
    const failure = await failureOf(installHooks(AGENTS[name], place()))
    expect(failure.kind).toBe('settings-unwritable')
    expect(failure.message).toMatch(/^cannot write .*: EACCES: read-only$/)
    expect([text(name), statSync(fileOf(name)).mode & 0o777]).toEqual(['{}', 0o444])
    chmodSync(fileOf(name), 0o644)
    chmodSync(dirname(fileOf(name)), 0o555)
    expect((await failureOf(installHooks(AGENTS[name], place()))).kind).toBe('settings-unwritable')
    expect(readdirSync(dirname(fileOf(name)))).toHaveLength(1)
    chmodSync(dirname(fileOf(name)), 0o755)
    expect(existsSync(paths(home).hookRecords)).toBe(false)
  })

  it('C17 a link stays a link, and the mode of the file its mode', async () => {
    const real = join(home, 'dotfiles.json')
    const original = '{ "secret": "x" }\n'
    writeFileSync(real, original, { mode: 0o600 })
    mkdirSync(dirname(fileOf(name)), { recursive: true })
    symlinkSync('../dotfiles.json', fileOf(name))
    await installHooks(AGENTS[name], place())
    expect(readlinkSync(fileOf(name))).toBe('../dotfiles.json')
    expect(readFileSync(real, 'utf8')).toContain(`${PROGRAM} --hook ${name}`)
    expect(statSync(real).mode & 0o777).toBe(0o600)
    const records = paths(home).hookRecords
    for (const record of readdirSync(records)) expect(statSync(join(records, record)).mode & 0o77).toBe(0)
    await removeHooks(AGENTS[name], place())
    expect(readlinkSync(fileOf(name))).toBe('../dotfiles.json')
    expect(readFileSync(real, 'utf8')).toBe(original)
  })

  it('C17 a folder that is a link to another disk, and a project', async () => {
    const project = join(folder, 'bakery')
    mkdirSync(join(folder, 'elsewhere'))
    mkdirSync(project)
    symlinkSync('../elsewhere', join(project, dirname(AGENTS[name].settings?.file ?? '')))
    const before = tree(folder)
    await installHooks(AGENTS[name], place(PROGRAM, project))
    expect((await states(checkHooks, name, place(PROGRAM, project)))[0]).toBe('installed')
    expect((await states(checkHooks, name))[0]).toBe('absent')
    await removeHooks(AGENTS[name], place(PROGRAM, project))
    rmSync(join(home, '.local'), { recursive: true })
    expect(tree(folder)).toEqual(before)
  })

  it('C17 several installations at once', async () => {
    put(name, '{ "a": 1 }')
    const before = tree()
    const all = await Promise.all([1, 2, 3].map(() => installHooks(AGENTS[name], place())))
    expect(all.map(([report]) => report?.state).sort()).toEqual(['installed', 'installed', 'installed'])
    expect(commands(name)).toEqual(EXPECTED[name])
    await removeHooks(AGENTS[name], place())
    rmSync(join(home, '.local'), { recursive: true })
    expect(tree()).toEqual(before)
  })

  it('C17 a project that is not there is not made', async () => {
    const failure = await failureOf(installHooks(AGENTS[name], place(PROGRAM, join(folder, 'bakry'))))
    expect(failure.message).toContain('bakry: ENOENT')
    expect(existsSync(join(folder, 'bakry'))).toBe(false)
  })

  it.each(['', '{', '[]', '{"before":1,"after":"x","made":[]}', '{"before":null,"after":"x","made":[1]}'])(
    'C17 a record that says nothing is none: %s',
    async (record) => {
      put(name, '{ "a": 1 }\n')
      await installHooks(AGENTS[name], place())
      const records = paths(home).hookRecords
      for (const file of readdirSync(records)) writeFileSync(join(records, file), record)
      await removeHooks(AGENTS[name], place())
      const { version: _, ...rest } = parse(text(name))
      expect(rest).toEqual({ a: 1 })
      expect(existsSync(records)).toBe(false)
    },
  )

  it('C17 no state folder can be made: nothing is changed', async () => {
    put(name, '{}')
    writeFileSync(join(home, '.local'), '')
    const before = tree()
    expect((await failureOf(installHooks(AGENTS[name], place()))).kind).toBe('settings-unwritable')
    expect(tree()).toEqual(before)
  })
})

describe('C17 comments', () => {
  it.each(WITH_SETTINGS)('C17 %s: says where the agent ignores a file that has some', async (name) => {
    const strict = name === 'claude' || name === 'codex'
    for (const [content, isIgnored] of [
      ['{ "a": 1 }', false],
      ['{ "a": 1 } // mine', strict],
      ['{ "a": [1,] }', strict],
    ] as const) {
      put(name, content)
      expect((await checkHooks(AGENTS[name], place()))[0]).toEqual({
        path: fileOf(name),
        state: 'absent',
        isIgnored,
      })
      for (const state of ['installed', 'unchanged'])
        expect((await installHooks(AGENTS[name], place()))[0]).toEqual({
          path: fileOf(name),
          state,
          isIgnored,
        })
      await removeHooks(AGENTS[name], place())
    }
  })
})

describe('B70 what keeps an agent from starting', () => {
  it.each([
    ['{ "a": [1,] }', 'line 1, column 10'],
    ['{\n  "a": 1, // mine\n}', 'line 2, column 9'],
    ['{ "a": { "b": ",]", }, "c": 1 }', 'line 1, column 19'],
  ])('B70 gemini: a trailing comma is said where it is: %j', async (content, at) => {
    for (const name of WITH_SETTINGS) put(name, content)
    expect(await startProblem(AGENTS.gemini, place())).toBe(
      `Gemini CLI does not start: ${fileOf('gemini')} has a trailing comma at ${at}`,
    )
    for (const name of WITH_SETTINGS.filter((other) => other !== 'gemini'))
      expect(await startProblem(AGENTS[name], place())).toBe(undefined)
  })

  it('B70 gemini: comments do not, nor does what an installation writes', async () => {
    put('gemini', '{ "a": ",}" /* , */ } // ,')
    expect(await startProblem(AGENTS.gemini, place())).toBe(undefined)
    put('gemini', '{ "a": 1, }')
    await installHooks(AGENTS.gemini, place())
    expect(await startProblem(AGENTS.gemini, place())).toBe(undefined)
  })
})

describe('C17 the waiter', () => {
  it('C17 claude: runs in the background, wakes, for a day', async () => {
    await installHooks(AGENTS.claude, place())
    const { hooks } = parse(text('claude'))
    expect(hooks.Stop).toEqual([
      {
        hooks: [
          { type: 'command', command: `${PROGRAM} --hook claude`, timeout: 10 },
          {
            type: 'command',
            command: `${PROGRAM} --hook claude --once`,
            async: true,
            asyncRewake: true,
            timeout: 86_400,
          },
        ],
      },
    ])
  })

  it('C17 claude: the form with arguments becomes ours', async () => {
    put(
      'claude',
      `{ "hooks": { "Stop": [{ "hooks": [
      { "type": "command", "command": "/old/cross-agent-watch", "args": ["--hook", "claude"], "timeout": 5 },
      { "type": "command", "command": "/old/cross-agent-watch --hook claude --once" }
    ] }] } }`,
    )
    expect((await states(installHooks, 'claude'))[0]).toBe('updated')
    expect(commands('claude')).toEqual(EXPECTED.claude)
    expect(text('claude')).not.toContain('args')
    expect(parse(text('claude')).hooks.Stop[0].hooks[1]).toMatchObject({ async: true, asyncRewake: true })
  })
})

describe('C17 the skill for Claude Code', () => {
  const skill = () => join(home, '.claude/skills/cross-agent-mail/SKILL.md')
  const document = readFileSync(new URL('../../../../docs/agents.md', import.meta.url), 'utf8')

  it('C17 is docs/agents.md, short, with its name on top', async () => {
    expect(document).toMatch(/^---\nname: cross-agent-mail\ndescription: .{50,1000}\n---\n/)
    expect(document.split('\n').length).toBeLessThanOrEqual(91)
    expect(await states(installHooks, 'claude')).toEqual(['installed', 'installed'])
    expect(readFileSync(skill(), 'utf8')).toBe(document)
    expect(await states(checkHooks, 'claude')).toEqual(['installed', 'installed'])
    expect(await states(removeHooks, 'claude')).toEqual(['removed', 'removed'])
    expect(existsSync(join(home, '.claude'))).toBe(false)
  })

  it('C17 one that somebody has changed is kept', async () => {
    await installHooks(AGENTS.claude, place())
    writeFileSync(skill(), 'mine')
    expect(await states(installHooks, 'claude')).toEqual(['unchanged', 'kept'])
    expect(await states(checkHooks, 'claude')).toEqual(['installed', 'kept'])
    expect(await states(removeHooks, 'claude')).toEqual(['removed', 'kept'])
    expect(readFileSync(skill(), 'utf8')).toBe('mine')
    expect(existsSync(fileOf('claude'))).toBe(false)
  })

  it('C17 one of ours from an older version is renewed', async () => {
    await installHooks(AGENTS.claude, place())
    const { hashOf, readRecord, writeRecord } = await import('./hook-record')
    const record = readRecord(paths(home), skill())
    if (record === undefined) throw new Error('no record')
    writeFileSync(skill(), 'older')
    writeRecord(paths(home), skill(), { ...record, after: hashOf(Buffer.from('older')) })
    expect(await states(checkHooks, 'claude')).toEqual(['installed', 'outdated'])
    expect(await states(installHooks, 'claude')).toEqual(['unchanged', 'updated'])
    await removeHooks(AGENTS.claude, place())
    expect(existsSync(join(home, '.claude'))).toBe(false)
  })

  it('C17 folders with something else in them stay', async () => {
    await installHooks(AGENTS.claude, place())
    writeFileSync(join(home, '.claude/other'), '')
    await removeHooks(AGENTS.claude, place())
    expect(readdirSync(join(home, '.claude'))).toEqual(['other'])
  })

  it('C17 cannot be written: the settings are as before', async () => {
    put('claude', '{ "a": 1 }')
    mkdirSync(join(home, '.claude/skills'))
    chmodSync(join(home, '.claude/skills'), 0o555)
    const failure = await failureOf(installHooks(AGENTS.claude, place()))
    expect(failure.kind).toBe('settings-unwritable')
    expect(text('claude')).toBe('{ "a": 1 }')
    expect(readdirSync(join(home, '.claude/skills'))).toEqual([])
    expect(existsSync(paths(home).hookRecords)).toBe(false)
  })
})

describe('C17 the plugin for OpenCode', () => {
  it.each([
    ['home', '.config/opencode/plugins'],
    ['project', '.opencode/plugins'],
  ])('C17 in the %s: install, twice, another path, check, remove', async (where, below) => {
    const root = where === 'home' ? home : join(folder, 'bakery')
    mkdirSync(root, { recursive: true })
    const plugin = join(root, below, 'cross-agent-mail.js')
    const at = (program: string) => place(program, root)
    expect(await states(checkHooks, 'opencode', at(PROGRAM))).toEqual(['absent'])
    expect(await states(installHooks, 'opencode', at(`/a "b"/$&/cross-agent-watch`))).toEqual(['installed'])
    expect(readFileSync(plugin, 'utf8')).toContain('const COMMAND = "/a \\"b\\"/$&/cross-agent-watch"\n')
    expect(await states(checkHooks, 'opencode', at(PROGRAM))).toEqual(['outdated'])
    rmSync(paths(home).hookRecords, { recursive: true })
    expect(await states(installHooks, 'opencode', at(PROGRAM))).toEqual(['updated'])
    expect(await states(installHooks, 'opencode', at(PROGRAM))).toEqual(['unchanged'])
    expect(await states(checkHooks, 'opencode', at(PROGRAM))).toEqual(['installed'])
    expect(await states(removeHooks, 'opencode', at(PROGRAM))).toEqual(['removed'])
    expect(existsSync(plugin)).toBe(false)
  })

  it('C17 folders that we made go, a plugin that somebody has changed stays', async () => {
    await installHooks(AGENTS.opencode, place())
    await removeHooks(AGENTS.opencode, place())
    expect(existsSync(join(home, '.config'))).toBe(false)
    await installHooks(AGENTS.opencode, place())
    const plugin = join(home, '.config/opencode/plugins/cross-agent-mail.js')
    writeFileSync(plugin, `${readFileSync(plugin, 'utf8')}// mine\n`)
    const before = readFileSync(plugin, 'utf8')
    for (const run of [installHooks, checkHooks, removeHooks])
      expect(await states(run, 'opencode')).toEqual(['kept'])
    expect(readFileSync(plugin, 'utf8')).toBe(before)
  })
})

describe('C17 a file that changes meanwhile', () => {
  it('C17 is left alone', async () => {
    const { findFile, replaceFound, removeFile } = await import('./kept-file')
    const path = join(home, 'settings.json')
    const absent = findFile(path)
    writeFileSync(path, '{}')
    expect(() => replaceFound(absent, Buffer.from('x'))).toThrow('changed meanwhile')
    const found = findFile(path)
    writeFileSync(path, '{"a":1}')
    utimesSync(path, 1, 1)
    expect(() => replaceFound(found, Buffer.from('x'))).toThrow('changed meanwhile')
    expect(() => removeFile(found)).toThrow('changed meanwhile')
    expect(readdirSync(home)).toEqual(['settings.json'])
    expect(readFileSync(path, 'utf8')).toBe('{"a":1}')
  })
})
