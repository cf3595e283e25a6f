import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { Home } from '../support/home'
import { isLong, itLong, sample } from '../support/long'

const home = new Home()
const project = join(home.path, 'projects/bakery')

afterAll(() => home.remove())
beforeEach(() => {
  for (const name of readdirSync(home.path)) rmSync(join(home.path, name), { recursive: true })
  mkdirSync(project, { recursive: true })
})

const watch = (...args: string[]) => home.run('watch', ['--hook', ...args])
const git = (...args: string[]) => spawnSync('git', ['-C', project, ...args], { env: home.env })
const read = (path: string) => readFileSync(join(home.path, path), 'utf8')

/** Every file below the home and what it holds, without our records. */
function tree(): Record<string, string> {
  const files = readdirSync(home.path, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const paths = files.map(({ parentPath, name }) => join(parentPath, name))
  const ours = paths.filter((path) => !/\/\.(local|git)\//.test(path))
  return Object.fromEntries(ours.map((path) => [path, readFileSync(path, 'utf8')]))
}

const SEND_RECV_STATUS = ['cross-agent-send', 'cross-agent-recv', 'cross-agent-status']
const DISCOVER = [
  'cross-agent-discover',
  'cross-agent-discover --json',
  'cross-agent-discover --enumerate-remote',
]
const PATTERNS = [...SEND_RECV_STATUS.map((name) => `${name}:*`), ...DISCOVER]

/** Each agent's file of rules in a home, with settings that somebody has. */
const FILES = {
  claude: ['.claude/settings.json', '{\n  "permissions": { "allow": ["Bash(ls:*)"], "deny": [] }\n}\n'],
  codex: ['.codex/rules/cross-agent-comms.rules', undefined],
  gemini: ['.gemini/policies/cross-agent-comms.toml', undefined],
  cursor: [
    '.cursor/cli-config.json',
    '{ "version": 1, "permissions": { "allow": ["Shell(ls)"], "deny": [] } }',
  ],
  opencode: [
    '.config/opencode/opencode.json',
    '{\n  // mine\n  "permission": { "bash": { "*": "ask", "ls *": "allow" } },\n}\n',
  ],
} as const
const NAMES = ['claude', 'codex', 'gemini', 'cursor', 'opencode'] as const

describe.each(sample(NAMES, 1))('C26 %s', (name) => {
  const [file, text] = FILES[name]

  it('gets rules only with --allow, keeps them, lists them, and loses exactly them', async () => {
    if (text !== undefined) home.write(file, text)
    const before = tree()
    await watch(name, '--install')
    expect(tree()[join(home.path, file)]?.includes('cross-agent-send')).toBeFalsy()
    expect((await watch(name, '--check')).stdout).not.toContain('allowed: ')
    const plain = tree()

    const installed = await watch(name, '--install', '--allow')
    expect(installed).toMatchObject({ exitCode: 0, stderr: '' })
    const rules = installed.stdout.split('\n').filter((line) => line.startsWith('allowed: '))
    expect(rules.length).toBeGreaterThanOrEqual(3)
    for (const command of SEND_RECV_STATUS) expect(rules.join('\n')).toContain(command)
    for (const rule of rules) {
      expect(rule).toContain(` in ${home.path}/`)
      expect(rule).not.toMatch(/resume|watch|halt|--add|discover[: ]+[*]/)
    }
    const checked = await watch(name, '--check')
    expect(checked.stdout.split('\n').filter((line) => line.startsWith('allowed: '))).toEqual(rules)
    expect(checked.exitCode).toBe(0)

    const allowed = tree()
    expect(allowed).not.toEqual(plain)
    for (const again of [['--install'], ['--install', '--allow']]) {
      expect((await watch(name, ...again)).exitCode).toBe(0)
      expect(tree()).toEqual(allowed)
    }
    expect((await watch(name, '--remove')).exitCode).toBe(0)
    expect(tree()).toEqual(before)
  })

  it('loses nothing else where somebody has changed the file meanwhile', async () => {
    if (text === undefined) return
    home.write(file, text)
    await watch(name, '--install', '--allow', '--brake')
    const now = read(file)
    writeFileSync(join(home.path, file), now.replace('{', '{ "new": 7,'))
    await watch(name, '--remove')
    const left = read(file)
    expect(left).not.toMatch(/cross-agent|HALT/)
    expect(left).toContain('"new": 7')
    expect(left).toContain('ls')
    if (name === 'opencode') expect(left).toContain('// mine')
    expect(existsSync(join(home.path, '.local/state/cross-agent-comms/hooks'))).toBe(false)
  })
})

describe('C26 Claude Code', () => {
  const rules = (path: string) => {
    const { permissions, sandbox } = JSON.parse(read(path))
    return { allow: permissions?.allow, excluded: sandbox?.excludedCommands }
  }

  it('runs them without a question and outside the sandbox; of discover exact lines', async () => {
    await watch('claude', '--install', '--allow')
    expect(rules('.claude/settings.json')).toEqual({
      allow: PATTERNS.map((pattern) => `Bash(${pattern})`),
      excluded: PATTERNS,
    })
  })

  itLong('keeps a rule that somebody had before, however the file changes', async () => {
    home.write('.claude/settings.json', '{ "permissions": { "allow": ["Bash(cross-agent-send:*)"] } }')
    await watch('claude', '--install', '--allow')
    expect(rules('.claude/settings.json').allow).toHaveLength(PATTERNS.length)
    writeFileSync(
      join(home.path, '.claude/settings.json'),
      read('.claude/settings.json').replace('{', '{"a":1,'),
    )
    await watch('claude', '--install')
    await watch('claude', '--remove')
    expect(rules('.claude/settings.json')).toEqual({
      allow: ['Bash(cross-agent-send:*)'],
      excluded: undefined,
    })
  })

  it('does not lose a rule that somebody wrote without --allow', async () => {
    await watch('claude', '--install')
    const text = read('.claude/settings.json').replace(
      '{',
      '{ "permissions": { "allow": ["Bash(cross-agent-recv:*)"] },',
    )
    home.write('.claude/settings.json', text)
    await watch('claude', '--remove')
    expect(rules('.claude/settings.json').allow).toEqual(['Bash(cross-agent-recv:*)'])
  })

  itLong('does not get a rule again that somebody has taken out', async () => {
    await watch('claude', '--install', '--allow')
    const text = read('.claude/settings.json').replace('"Bash(cross-agent-send:*)",', '')
    home.write('.claude/settings.json', text)
    await watch('claude', '--install')
    expect(rules('.claude/settings.json').allow).toEqual(
      PATTERNS.slice(1).map((pattern) => `Bash(${pattern})`),
    )
  })

  it('in a project only gets them in the file that is not committed', async () => {
    git('init', '-q')
    expect((await watch('claude', '--install', '--allow', '--project', project)).exitCode).toBe(0)
    expect(rules('projects/bakery/.claude/settings.local.json').excluded).toEqual(PATTERNS)
    expect(read('projects/bakery/.claude/settings.json')).not.toContain('allow')
    expect((await watch('claude', '--check', '--project', project)).stdout).toContain('settings.local.json\n')
    await watch('claude', '--remove', '--project', project)
    expect(existsSync(join(project, '.claude'))).toBe(false)
  })

  it('is refused where that file is committed', async () => {
    git('init', '-q')
    home.write('projects/bakery/.claude/settings.local.json', '{}')
    git('add', '.')
    const before = tree()
    const { exitCode, stderr } = await watch(
      'claude',
      '--install',
      '--allow',
      '--brake',
      '--project',
      project,
    )
    expect(exitCode).toBe(1)
    expect(stderr).toContain('settings.local.json is committed: ')
    expect(tree()).toEqual(before)
  })
})

describe('C26 in a project', () => {
  it.runIf(isLong).each(['codex', 'cursor', 'opencode'] as const)(
    '%s is refused where the file would be committed',
    async (name) => {
      git('init', '-q')
      const refused = await watch(name, '--install', '--allow', '--project', project)
      expect(refused.exitCode).toBe(1)
      expect(refused.stderr).toContain(' would be committed: ')
      expect(refused.stderr).toContain('leave out --project')
      expect(tree()).toEqual({})
      const ignored = { codex: '.codex/rules/', cursor: 'cli.json', opencode: '/opencode.json' }
      home.write('projects/bakery/.git/info/exclude', ignored[name])
      expect((await watch(name, '--install', '--allow', '--project', project)).exitCode).toBe(0)
      expect((await watch(name, '--check', '--project', project)).stdout).toContain('allowed: ')
      await watch(name, '--remove', '--project', project)
      expect(tree()).toEqual({})
    },
  )

  it('a repository that cannot be read refuses, and its settings run nothing', async () => {
    git('init', '-q')
    const hook = home.write('hook', `#!/bin/sh\ntouch '${home.path}/PWNED'\n`, 0o755)
    git('config', 'core.fsmonitor', hook)
    await watch('cursor', '--install', '--allow', '--project', project)
    expect(existsSync(join(home.path, 'PWNED'))).toBe(false)
    writeFileSync(join(project, '.git/config'), '[broken')
    const { exitCode, stderr } = await watch('cursor', '--install', '--allow', '--project', project)
    expect(exitCode).toBe(1)
    expect(stderr).toContain('may be committed')
  })

  it('Gemini CLI reads no rules there', async () => {
    const { exitCode, stderr } = await watch('gemini', '--install', '--allow', '--project', project)
    expect(exitCode).toBe(1)
    expect(stderr).toContain('Gemini CLI takes rules from the home folder only')
    expect(tree()).toEqual({})
  })
})

describe('C26 OpenCode', () => {
  const file = '.config/opencode/opencode.json'

  it('keeps one answer for all commands, before ours', async () => {
    home.write(file, '{ "permission": { "bash": "ask", "edit": "deny" } }')
    await watch('opencode', '--install', '--allow')
    const { bash, edit } = JSON.parse(read(file)).permission
    expect(Object.entries(bash)[0]).toEqual(['*', 'ask'])
    expect(bash['cross-agent-recv *']).toBe('allow')
    expect(edit).toBe('deny')
    await watch('opencode', '--remove')
    expect(read(file)).toBe('{ "permission": { "bash": "ask", "edit": "deny" } }')
  })

  it.each(sample(['{ "permission": { "bash": "deny" } }', '{ "permission": "ask" }'], 1))(
    'leaves %s alone',
    async (text) => {
      home.write(file, text)
      const { exitCode, stderr } = await watch('opencode', '--install', '--allow')
      expect(exitCode).toBe(1)
      expect(stderr).toContain('nothing was changed')
      expect(tree()).toEqual({ [join(home.path, file)]: text })
    },
  )

  itLong('takes opencode.jsonc where that is there', async () => {
    home.write(`${file}c`, '{\n  // mine\n}\n')
    await watch('opencode', '--install', '--allow')
    expect(read(`${file}c`)).toContain('// mine')
    expect(read(`${file}c`)).toContain('cross-agent-send *')
    expect(existsSync(join(home.path, file))).toBe(false)
  })
})

describe('hooks run where agents run', () => {
  const line = () => JSON.parse(read('.claude/settings.json')).hooks.SessionStart[0].hooks[0].command
  const runLine = (shell: string, env: Record<string, string>) =>
    spawnSync(shell, ['-c', line()], {
      env: { SHLVL: '1', HOME: home.path, ...env },
      encoding: 'utf8',
      input: '',
    })

  itLong('names node and the program, so that no PATH is needed', async () => {
    await watch('claude', '--install')
    for (const env of [{}, { PATH: '/nowhere' }, { PATH: '' }])
      expect(runLine('/bin/sh', env)).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })

  itLong('falls back to the node of PATH, then to the program of PATH', async () => {
    await watch('claude', '--install')
    const good = read('.claude/settings.json')
    home.stub('node', 'echo "node $#"')
    home.stub('cross-agent-watch', 'echo "program $*"')
    const { PATH = '' } = home.env
    writeFileSync(join(home.path, '.claude/settings.json'), good.replaceAll(process.execPath, '/gone/node'))
    expect(runLine('/bin/sh', { PATH }).stdout).toBe('node 3\n')
    writeFileSync(
      join(home.path, '.claude/settings.json'),
      good.replace(/\/\S+cross-agent-watch\S*/g, '/gone/x'),
    )
    expect(runLine('/bin/sh', { PATH }).stdout).toBe('program --hook claude\n')
    expect(runLine('/bin/sh', { PATH: '/nowhere' })).toMatchObject({
      status: 1,
      stdout: '',
      stderr: 'node and cross-agent-watch are gone: install the hooks again\n',
    })
  })

  it('--check runs them with a short PATH, and says why one fails', async () => {
    await watch('claude', '--install')
    const file = join(home.path, '.claude/settings.json')
    const script = home.write('cross-agent-watch', '#!/bin/sh\necho "no node for me" >&2\nexit 127\n', 0o755)
    const old = readFileSync(file, 'utf8').replace(/exec \/bin\/sh[^,]*(?= --hook)/g, script)
    writeFileSync(file, old)
    const { exitCode, stdout, stderr } = await watch('claude', '--check')
    expect({ exitCode, stdout: stdout.split('\n')[0] }).toEqual({ exitCode: 1, stdout: `outdated: ${file}` })
    expect(stderr).toBe('warning: Claude Code cannot run a hook (no node for me): install the hooks again\n')
  })

  itLong('an old installation is renewed, and taken away', async () => {
    await watch('claude', '--install')
    const file = join(home.path, '.claude/settings.json')
    const good = readFileSync(file, 'utf8')
    const old = good.replace(/exec \/bin\/sh[^,]*(?= --hook)/g, '/usr/local/bin/cross-agent-watch')
    writeFileSync(file, old)
    expect((await watch('claude', '--check')).stdout).toContain(`outdated: ${file}\n`)
    expect((await watch('claude', '--install')).stdout).toContain(`updated: ${file}\n`)
    expect(readFileSync(file, 'utf8')).toBe(good)
    writeFileSync(file, old)
    await watch('claude', '--remove')
    expect(readFileSync(file, 'utf8')).not.toContain('cross-agent')
  })

  itLong('another node that is there is not outdated', async () => {
    await watch('claude', '--install')
    const file = join(home.path, '.claude/settings.json')
    home.write('node', `#!/bin/sh\nexec '${process.execPath}' "$@"\n`, 0o755)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(process.execPath, join(home.path, 'node')))
    expect(await watch('claude', '--check')).toMatchObject({ exitCode: 0, stderr: '' })
  })
})

it.each([
  [['claude', '--allow'], '--allow needs --install'],
  [['claude', '--check', '--allow'], '--allow needs --install'],
  [['claude', '--remove', '--brake'], '--brake goes with --install'],
])('C26 watch --hook %j ends with 1: %s', async (args, problem) => {
  const { exitCode, stdout, stderr } = await watch(...args)
  expect({ exitCode, stdout, stderr: stderr.split('\n')[0] }).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: problem,
  })
})
