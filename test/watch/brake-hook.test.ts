import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { Home } from '../support/home'
import { loginShells, pathOfShell } from '../support/login-shells'
import { itLong, sample } from '../support/long'

const home = new Home()
const HALT = '.config/cross-agent-comms/HALT'
const folder = join(home.path, '.config/cross-agent-comms')
const AGENTS = ['claude', 'codex', 'gemini', 'cursor'] as const
const SETTINGS = {
  claude: '.claude/settings.json',
  codex: '.codex/hooks.json',
  gemini: '.gemini/settings.json',
  cursor: '.cursor/hooks.json',
} as const
const EVENTS = {
  claude: ['PreToolUse'],
  codex: ['PreToolUse'],
  gemini: ['BeforeTool'],
  cursor: ['preToolUse', 'beforeShellExecution', 'beforeMCPExecution', 'beforeReadFile', 'subagentStart'],
} as const

afterAll(() => home.remove())
beforeEach(() => rmSync(join(home.path, '.config'), { recursive: true, force: true }))

const watch = (...args: string[]) => home.run('watch', args)

interface Item {
  command?: string
  hooks?: { command: string }[]
}

/** The lines that an agent runs before a tool, by event. */
function linesOf(name: (typeof AGENTS)[number], below = home.path): Record<string, string[]> {
  const { hooks }: { hooks: Record<string, Item[]> } = JSON.parse(
    readFileSync(join(below, SETTINGS[name]), 'utf8'),
  )
  return Object.fromEntries(
    EVENTS[name].map((event) => [
      event,
      (hooks[event] ?? []).flatMap((item) => (item.hooks ?? [item]).map(({ command }) => String(command))),
    ]),
  )
}

/** More than a pipe holds: an agent that cannot write its input takes the hook for broken, and runs the tool. */
const INPUT = `{"tool_input":"${'x'.repeat(300_000)}"}`

function run(shell: (typeof loginShells)[number], line: string, asNobody = false) {
  const [, applet] = shell.line
  const program = applet === undefined ? pathOfShell(shell, home.path) : '/bin/busybox'
  const words = [...(applet === undefined ? [] : ['sh']), '-c', line]
  const isRoot = process.getuid?.() === 0
  const [name = '', ...args] =
    asNobody && isRoot
      ? ['/usr/bin/setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', program, ...words]
      : [program, ...words]
  // No HOME, and no PATH.
  const { status, stdout, stderr, error } = spawnSync(name, args, {
    cwd: '/',
    // A bash whose input is a socket, as node's pipes are, would read /root/.bashrc at level 1.
    env: { SHLVL: '1' },
    input: INPUT,
    encoding: 'utf8',
  })
  return { status, stdout, stderr, error: error?.message }
}

const GO = { status: 0, stdout: '', stderr: '', error: undefined }

describe.each(sample(loginShells, 1))('C25 the line of the brake, read by $name', (shell) => {
  let line = ''
  const node = () => join(home.path, 'started')

  beforeAll(async () => {
    await watch('--hook', 'claude', '--install', '--brake')
    line = linesOf('claude').PreToolUse?.[0] ?? ''
    await watch('--hook', 'claude', '--remove')
  })

  it.each(['no HALT', 'no folder', 'no folder above'])(
    'lets a tool run where there is %s, without node',
    (what) => {
      if (what !== 'no folder above') mkdirSync(join(home.path, '.config'))
      if (what === 'no HALT') mkdirSync(folder)
      writeFileSync(node(), `#!/bin/sh\ntouch '${home.path}/node-ran'\n`, { mode: 0o755 })
      expect(run(shell, line.replaceAll(process.execPath, node()))).toEqual(GO)
      expect(existsSync(join(home.path, 'node-ran'))).toBe(false)
    },
  )

  it.each([
    ['a file', (path: string) => writeFileSync(path, 'runaway \x1b[2J\u202eloop\nsecond line')],
    ['an empty file', (path: string) => writeFileSync(path, '')],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link to a file', (path: string) => symlinkSync('/etc/passwd', path)],
    ['a link to nothing', (path: string) => symlinkSync('nowhere', path)],
    ['a fifo', (path: string) => spawnSync('mkfifo', [path])],
    ['unreadable', (path: string) => writeFileSync(path, 'x', { mode: 0 })],
  ])('refuses with exit code 2 where HALT is %s, also without node', (what, put) => {
    mkdirSync(folder, { recursive: true })
    put(join(home.path, HALT))
    const { status, stdout, stderr } = run(shell, line)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^halt active[^\n]*\n$/)
    expect(stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/)
    if (what === 'a file') expect(stderr).toContain('halt active: runaway [2J loop second line (')
    const without = run(shell, line.replaceAll(process.execPath, '/gone/node').replaceAll('-watch', '-gone'))
    expect({ status: without.status, stdout: without.stdout }).toEqual({ status: 2, stdout: '' })
    expect(without.stderr).toContain(
      `halt active: all tools are refused; the reason is in ${home.path}/${HALT}`,
    )
    expect(without.error).toBeUndefined()
    spawnSync('rm', ['-r', join(home.path, HALT)])
    expect(run(shell, line).status).toBe(0)
  })

  it('refuses where the folder of HALT, or the one above, cannot be searched', () => {
    mkdirSync(folder, { recursive: true })
    chmodSync(home.path, 0o755)
    expect(run(shell, line, true).status).toBe(0)
    for (const closed of [folder, join(home.path, '.config')]) {
      chmodSync(closed, 0)
      const { status, stderr } = run(shell, line, true)
      chmodSync(closed, 0o755)
      expect(status).toBe(2)
      expect(stderr).toContain('halt active')
    }
  })

  it('lets a tool run where there is no such home: a colleague has got the line by a commit', () => {
    expect(run(shell, line.replaceAll(home.path, '/home/somebody'))).toEqual(GO)
  })

  it('refuses where the folder of HALT is a link to nothing', () => {
    mkdirSync(join(home.path, '.config'))
    symlinkSync('nowhere', folder)
    expect(run(shell, line).status).toBe(2)
    unlinkSync(folder)
  })
})

it.each(
  sample(
    loginShells.filter(({ name }) => !name.includes('csh')),
    1,
  ),
)('C25 a home with quotes, a backslash and what shells act on, read by $name', async (shell) => {
  const odd = mkdtempSync(join(tmpdir(), 'cac-'))
  const path = join(odd, `o'neil \\ "x" $(touch PWNED) \`y\` ; # *`)
  mkdirSync(join(path, '.config/cross-agent-comms'), { recursive: true })
  const env = { HOME: path }
  expect(await home.run('watch', ['--hook', 'codex', '--install', '--brake'], { env })).toMatchObject({
    exitCode: 0,
    stderr: '',
  })
  const line = linesOf('codex', path).PreToolUse?.[0] ?? ''
  expect(run(shell, line)).toEqual(GO)
  writeFileSync(join(path, HALT), 'stop')
  expect(run(shell, line)).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^halt active: stop \(/),
  })
  expect(existsSync('/PWNED')).toBe(false)
  rmSync(odd, { recursive: true })
})

describe.each(sample(AGENTS, 1))('C25 %s', (name) => {
  const file = join(home.path, SETTINGS[name])
  const original = '{\n  "theirs": [1, 2]\n}\n'

  beforeEach(() => home.write(SETTINGS[name], original))

  it('installs the brake at each event, keeps it, says so, and takes it away', async () => {
    expect((await watch('--hook', name, '--install')).exitCode).toBe(0)
    const plain = readFileSync(file, 'utf8')
    expect(plain).not.toContain('HALT')
    expect((await watch('--hook', name, '--check')).stdout).not.toMatch(/^brake/m)

    expect(await watch('--hook', name, '--install', '--brake')).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringContaining('brake: while HALT is there, all tools are refused\n'),
    })
    const braked = readFileSync(file, 'utf8')
    for (const lines of Object.values(linesOf(name))) {
      expect(lines).toHaveLength(1)
      expect(lines[0]).toContain(`test ! -e '${home.path}/${HALT}'`)
      expect(lines[0]).toMatch(new RegExp(`--hook ${name} --brake; exit 2$`))
      expect(lines[0]).not.toContain('\n')
    }
    for (const again of [['--install'], ['--install', '--brake']]) {
      expect((await watch('--hook', name, ...again)).stdout).toContain(`unchanged: ${file}\n`)
      expect(readFileSync(file, 'utf8')).toBe(braked)
    }
    expect(await watch('--hook', name, '--check')).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringContaining('brake: while HALT is there, all tools are refused\n'),
    })
    expect((await watch('--hook', name, '--remove')).exitCode).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(original)
  })

  itLong('takes it away from a file that somebody has changed, and nothing else', async () => {
    await watch('--hook', name, '--install', '--brake')
    writeFileSync(file, readFileSync(file, 'utf8').replace('[1, 2]', '[1, 2, 3]'))
    await watch('--hook', name, '--remove')
    const { version: _, ...rest } = JSON.parse(readFileSync(file, 'utf8'))
    expect(rest).toEqual({ theirs: [1, 2, 3] })
  })

  itLong(
    'brings an older one up to date, and does not take a line of somebody else for its own',
    async () => {
      await watch('--hook', name, '--install', '--brake')
      const good = readFileSync(file, 'utf8')
      const [line = ''] = Object.values(linesOf(name))[0] ?? []
      writeFileSync(file, good.replaceAll(`'${process.execPath}'`, "'/old/node'"))
      expect((await watch('--hook', name, '--check')).stdout).toContain(`outdated: ${file}\n`)
      expect((await watch('--hook', name, '--install')).stdout).toContain(`updated: ${file}\n`)
      expect(readFileSync(file, 'utf8')).toBe(good)
      const more = good.replaceAll(JSON.stringify(line), JSON.stringify(`${line}; rm x`))
      writeFileSync(file, more)
      await watch('--hook', name, '--remove')
      expect(readFileSync(file, 'utf8')).toContain('exit 2; rm x')
      rmSync(file)
    },
  )
})

it('C25 Cursor gets the reason as JSON too', () => {
  home.write(HALT, 'stop "now"')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [binOf('watch'), '--hook', 'cursor', '--brake'],
    {
      env: home.env,
      encoding: 'utf8',
    },
  )
  expect(status).toBe(2)
  const text = 'halt active: stop "now" (all tools are refused until a person runs cross-agent-resume)'
  expect(stderr).toBe(`${text}\n`)
  expect(JSON.parse(stdout)).toEqual({ permission: 'deny', user_message: text, agent_message: text })
})

it('C25 where the event is no list, nothing is changed', async () => {
  const text = '{ "hooks": { "PreToolUse": {} } }'
  home.write(SETTINGS.claude, text)
  const { exitCode, stderr } = await watch('--hook', 'claude', '--install', '--brake')
  expect(exitCode).toBe(1)
  expect(stderr).toContain('"PreToolUse" (line 1, column 28) is an object, not an array')
  expect(readFileSync(join(home.path, SETTINGS.claude), 'utf8')).toBe(text)
  rmSync(join(home.path, '.claude'), { recursive: true })
})

describe('C25 OpenCode', () => {
  const plugin = join(home.path, '.config/opencode/plugins/cross-agent-brake.js')

  it('throws before a tool, in both versions, without a process, and is taken away', async () => {
    expect((await watch('--hook', 'opencode', '--install')).exitCode).toBe(0)
    expect(existsSync(plugin)).toBe(false)
    const { stdout } = await watch('--hook', 'opencode', '--install', '--brake')
    expect(stdout).toContain(`installed: ${plugin}\n`)
    expect((await watch('--hook', 'opencode', '--install')).stdout).toContain(`unchanged: ${plugin}\n`)
    expect((await watch('--hook', 'opencode', '--check')).stdout).toContain('brake: while HALT is there')

    writeFileSync(join(home.path, 'package.json'), '{ "type": "module" }')
    const { default: brake } = await import(/* @vite-ignore */ pathToFileURL(plugin).href)
    const hooks = await brake.server({})
    let before = () => {}
    await brake.setup({ tool: { hook: async (_name: string, run: () => void) => (before = run) } })
    const both = async () => {
      expect(before).not.toThrow()
      await expect(hooks['tool.execute.before']()).resolves.toBeUndefined()
    }
    await both()
    home.write(HALT, 'runaway\x1b[2J\nloop')
    const words =
      'halt active: runaway [2J loop (all tools are refused until a person runs cross-agent-resume)'
    expect(before).toThrow(words)
    await expect(hooks['tool.execute.before']()).rejects.toThrow(words)
    unlinkSync(join(home.path, HALT))
    await both()
    symlinkSync('nowhere', join(home.path, HALT))
    expect(before).toThrow('halt active (all tools')
    unlinkSync(join(home.path, HALT))

    await watch('--hook', 'opencode', '--remove')
    expect(existsSync(plugin)).toBe(false)
  })
})
