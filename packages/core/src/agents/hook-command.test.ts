import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { brakeLine, isBrakeLine } from './hook-command'
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
