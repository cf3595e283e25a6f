import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { brakeLine, isBrakeLine, UNLESS_ONE_SHOT, unlessOneShot } from './hook-command'
import { hookCommand, isOurCommand, shellWords, startedBy } from './our-hooks'

const parts = {
  haltFile: '/h/.config/c/HALT',
  node: '/usr/bin/node',
  program: '/p/cross-agent-watch',
  agent: 'claude',
}

describe('C25 the line of the brake', () => {
  it.each(['/h', '/home/o\'neil "x"', '/a\\b', '/$(x)`y`;&|#*', '/é'])('is known again below %s', (home) => {
    const line = brakeLine({
      ...parts,
      haltFile: `${home}/.config/c/HALT`,
      program: `${home}/w`,
      node: `${home}/n`,
    })
    expect(isBrakeLine(line)).toBe(true)
    expect(isOurCommand({ command: line })).toBe(false)
    expect(line).toMatch(/; exit 2$/)
    // tcsh reads an exclamation mark before anything but a blank as a word of its history.
    expect(line).not.toMatch(/![^ ]|\n/)
  })

  it.each([
    (line: string) => `${line}; rm x`,
    (line: string) => `rm x; ${line}`,
    (line: string) => line.replace('exit 2', 'exit 0'),
    (line: string) => line.replace("'/usr/bin/node'", "'/usr/bin/node' '; rm x'"),
    (line: string) => line.replace("'/usr/bin/node'", '$(rm x)'),
    (line: string) => line.replace("'/usr/bin/node'", '"$(rm x)"'),
    () => 'test ! -e /x && exit 2',
    () => '',
  ])('somebody else’s line is not ours', (change) => {
    expect(isBrakeLine(change(brakeLine(parts)))).toBe(false)
  })
})

describe('C17 a command that names node', () => {
  it.each(['/usr/bin/node', '/o\'neil/no "de', '/a\\b/$(node)'])(
    'is ours, and is known again: %s',
    (node) => {
      const command = `${hookCommand({ program: '/x y/cross-agent-watch', node })} --hook claude`
      expect(isOurCommand({ command })).toBe(true)
      expect(startedBy(command)).toEqual({ program: '/x y/cross-agent-watch', node })
      for (const shell of ['sh', 'bash']) {
        const { stdout } = spawnSync(
          shell,
          ['-c', command.replace(/^exec \/bin\/sh -c '[^']*'/, "printf '%s\\n'")],
          {
            encoding: 'utf8',
          },
        )
        expect(stdout).toBe(`${[node, '/x y/cross-agent-watch', '--hook', 'claude'].join('\n')}\n`)
      }
    },
  )

  it('another script is not ours', () => {
    const command = `${hookCommand({ program: '/x/cross-agent-watch', node: '/n' })} --hook claude`
    expect(isOurCommand({ command: command.replace('exec node', 'exec evil') })).toBe(false)
    expect(isOurCommand({ command: `${command}; rm x` })).toBe(false)
    expect(startedBy('/x/cross-agent-watch --hook claude')).toBeUndefined()
    expect(shellWords('"\\\\"')).toEqual(['\\'])
  })
})

/** Runs the command on its first argument as an agent runs a hook, with more input than a pipe holds. */
const AGENT = `
  const { spawnSync } = require('node:child_process')
  const options = { input: 'x'.repeat(1024 * 1024), encoding: 'utf8' }
  const { stdout, stderr, status, error } = spawnSync('/bin/sh', ['-c', process.env.COMMAND], options)
  console.log(JSON.stringify({ stdout, stderr, status, error: error?.code }))
  process.exit()`

describe('C24 a hook that has nothing to do in a run of one prompt', () => {
  const isProcThere = existsSync('/proc/self/stat')
  const silence = { stdout: '', stderr: '', status: 0 }

  /** `sh` stands for node, with a program that reads its input and says what it was called with. */
  function runHook(agent: 'claude' | 'codex', words: readonly string[], env: Record<string, string>) {
    const folder = mkdtempSync(join(tmpdir(), 'hook-'))
    try {
      const program = join(folder, 'cross-agent-watch')
      writeFileSync(program, 'cat > /dev/null; echo "$@"')
      const start = hookCommand({ program, node: '/bin/sh' })
      const command = `${unlessOneShot(agent, start)} --hook ${agent}`
      expect(isOurCommand({ command })).toBe(true)
      expect(startedBy(command)).toEqual({ program, node: '/bin/sh' })
      const script = join(folder, 'agent.cjs')
      writeFileSync(script, AGENT)
      // An agent's words begin with its own: so the script is no word.
      const own = { NODE_OPTIONS: `--require=${script}`, COMMAND: command }
      const { stdout } = spawnSync(process.execPath, words, {
        env: { PATH: '/usr/bin:/bin', ...own, ...env },
        encoding: 'utf8',
      })
      return JSON.parse(stdout)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  it.each(['sdk-cli', 'sdk-ts'])('does not start node in Claude Code as %s', (CLAUDE_CODE_ENTRYPOINT) => {
    expect(runHook('claude', [], { CLAUDE_CODE_ENTRYPOINT })).toEqual(silence)
  })

  it.runIf(isProcThere).each(['exec', 'e', 'review'])('does not start node in codex %s', (word) => {
    expect(runHook('codex', [word, 'bake'], {})).toEqual(silence)
  })

  it.each<['claude' | 'codex', readonly string[], Record<string, string>]>([
    ['claude', ['sdk-cli'], {}],
    ['claude', [], { CLAUDE_CODE_ENTRYPOINT: 'cli' }],
    ['codex', [], {}],
    ['codex', ['exec bake', 'bake\nexec\nbake', 'execs'], { exec: 'exec' }],
    ['codex', ['bake', 'review', 'exec'], {}],
  ])('starts it in a session: %s %j %j', (agent, words, env) => {
    expect(runHook(agent, words, env)).toEqual({ ...silence, stdout: `--hook ${agent}\n` })
  })

  it('reads alike in every shell that agents use', () => {
    for (const test of Object.values(UNLESS_ONE_SHOT)) expect(test).not.toMatch(/['\\!\n]/)
  })
})
