import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { commandWord, isOurCommand, shellWords } from './our-hooks'

describe('C17 which hooks are ours', () => {
  it.each([
    'cross-agent-watch --hook claude',
    '/usr/local/bin/cross-agent-watch --hook claude --once',
    "'/home/o'\"'\"'neil/my bin/cross-agent-watch' --hook claude",
    '"/home/b/my bin/cross-agent-watch" --hook=codex',
    '/opt/my\\ bin/cross-agent-watch.cjs --quiet --hook gemini --older-flag 3',
    'node /opt/x/dist/cross-agent-watch.cjs --hook claude',
    'LC_ALL=C exec cross-agent-watch --hook cursor',
    '~/bin/cross-agent-watch --hook claude',
    '  cross-agent-watch   --hook   claude  ',
  ])('C17 ours: %s', (command) => {
    expect(isOurCommand({ command })).toBe(true)
  })

  it.each([
    'cross-agent-watch --once',
    'cross-agent-watch',
    'cross-agent-watch-2 --hook claude',
    'my-cross-agent-watch --hook claude',
    'echo cross-agent-watch --hook claude',
    'lint && cross-agent-watch --hook claude',
    'cross-agent-watch --hook claude; rm x',
    'cross-agent-watch --hook claude > log',
    'cross-agent-watch --hook $(agent)',
    '"$HOME/bin/cross-agent-watch" --hook claude',
    'cross-agent-watch\n--hook claude',
    "'cross-agent-watch --hook claude",
    '',
  ])('C17 not ours: %s', (command) => {
    expect(isOurCommand({ command })).toBe(false)
  })

  it('C17 the form with arguments, and other types', () => {
    expect(isOurCommand({ command: '/b in/cross-agent-watch', args: ['--hook', 'claude'] })).toBe(true)
    expect(isOurCommand({ command: 'cross-agent-watch', args: ['--once'] })).toBe(false)
    for (const command of [undefined, null, 1, ['cross-agent-watch', '--hook'], {}])
      expect(isOurCommand({ command })).toBe(false)
  })

  it('C17 a real shell reads the word as what it is, and so do we', () => {
    const names = [
      'cross-agent-watch',
      '/a b/x',
      "/o'neil/x",
      '/$(touch y)/x',
      '/a"b/`x`',
      '-x',
      '/é/*',
      '~/x',
      '/a\\b',
    ]
    for (const name of names) {
      const { stdout } = spawnSync('sh', ['-c', `printf %s ${commandWord(name)}`], { encoding: 'utf8' })
      expect(stdout).toBe(name)
      expect(shellWords(`${commandWord(name)} --hook`)).toEqual([name, '--hook'])
    }
  })
})
