import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import type { Home } from '../support/home'
import { put } from '../support/inbox'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'
import { has } from '../support/programs'
import { codeBlocks } from '../support/readme'
import { until } from '../support/until'

const blocks = codeBlocks('docs/status-line.md')
const textIn = (section: string) => blocks.find((block) => block.section === section)?.text ?? ''

/** A folder's name that does harm where it is not quoted. */
const ODD = 'a $(touch pwned) `touch pwned` b;c #d'

function giveMail({ programs }: Home): void {
  home.stub('cross-agent-status', `exec '${process.execPath}' '${binOf('status')}' "$@"`)
  mkdirSync(programs, { recursive: true })
  for (const project of ['bakery', ODD])
    put(home, project, '20260101T000000Z-from-mill-talk.org', messageText())
}

describe('C15 the lines of docs/status-line.md', () => {
  it('of Claude Code and starship hold a command that says what waits', async () => {
    giveMail(home)
    const { statusLine } = JSON.parse(textIn('Claude Code'))
    const [, command = ''] = /^command = "(.*)"$/m.exec(textIn('starship')) ?? []
    for (const line of [statusLine.command, command]) {
      const at = (project: string) =>
        home.exec('sh', ['-c', line], { cwd: join(home.path, 'projects', project) })
      expect(await at('bakery')).toMatchObject({ exitCode: 0, stdout: '1 mail\n', stderr: '' })
      expect(await at('')).toMatchObject({ exitCode: 2, stdout: '' })
    }
  })

  itLong('of tmux says so, for a folder of any name', async ({ skip }) => {
    if (!has('tmux')) return skip()
    giveMail(home)
    const settings = home.write('tmux.conf', `set -g status-interval 1\n${textIn('tmux')}`)
    const [outer, inner] = ['outer', 'inner'].map((name) => join(home.path, `${name}.tmux`))
    const tmux = (...args: string[]) => home.exec('tmux', args, { env: { TERM: 'xterm', SHELL: '/bin/sh' } })
    for (const project of ['bakery', ODD]) {
      const folder = join(home.path, 'projects', project)
      const within = ['tmux', '-S', inner ?? '', '-f', settings, 'new-session', '-c', folder, 'sleep 600']
      await tmux(
        '-S',
        outer ?? '',
        '-f',
        '/dev/null',
        'new-session',
        '-d',
        '-x',
        '100',
        '-y',
        '5',
        '--',
        ...within,
      )
      const screen = async () => (await tmux('-S', outer ?? '', 'capture-pane', '-p')).stdout
      try {
        await until(async () => / 1 mail$/m.test(await screen()), `mail of ${project} in the status line`)
      } finally {
        for (const socket of [inner, outer]) await tmux('-S', socket ?? '', 'kill-server')
      }
    }
    expect(readdirSync(home.path)).not.toContain('pwned')
    expect(readdirSync(join(home.path, 'projects', ODD))).toEqual(['inbox'])
  })
})
