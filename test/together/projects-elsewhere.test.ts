import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { binOf, commands } from '../../scripts/project.mjs'
import type { Outcome } from '../support/home'
import { sample } from '../support/long'
import { home, it, itLong } from '../support/own-home'

/** Somebody who has two repositories in a folder, knows the names of the commands, and reads nothing. */
const at = (path: string) => ({ cwd: join(home.path, path) })
const makeProjects = (folder: string) => {
  for (const project of ['shop', 'mill'])
    mkdirSync(join(home.path, folder, project, '.git'), { recursive: true })
}
/** Runs a line as it was printed. */
const paste = (line: string, cwd = '/') => home.exec('bash', ['-c', line], { cwd })
const lineOf = ({ stderr }: Outcome) => /^.*: (cross-agent-discover --add-root .*)$/m.exec(stderr)?.[1] ?? ''

beforeEach(() => {
  for (const command of commands)
    home.stub(`cross-agent-${command}`, `exec '${process.execPath}' '${binOf(command)}' "$@"`)
})

describe('C34 projects elsewhere', () => {
  it.each(sample(['code', "Müller's $(code)"], 1))(
    'C34 the hint of a failed send leads all the way, from ~/%s',
    async (folder) => {
      await home.makeKey()
      makeProjects(folder)
      const shop = at(`${folder}/shop`)
      const send = () => paste('cross-agent-send mill -m "Three sacks, please."', shop.cwd)
      const refused = await send()
      expect(refused.exitCode).toBe(2)
      const added = await paste(lineOf(refused))
      expect(added, added.stderr).toMatchObject({ exitCode: 0, stderr: '' })
      const sent = await send()
      expect(sent, sent.stderr).toMatchObject({ exitCode: 0 })
      const read = await paste('cross-agent-recv --next', join(home.path, folder, 'mill'))
      expect(read).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^decision: process\n/) })
      const path = /^sent: (.*)$/m.exec(sent.stdout)?.[1] ?? ''
      const answer = await home.run('send', ['--reply-to', path, '-m', 'Two.'], at(`${folder}/mill`))
      expect(answer, answer.stderr).toMatchObject({ exitCode: 0 })
      expect((await home.run('recv', ['--next'], shop)).exitCode).toBe(0)
    },
  )

  it.each<[string, string[], number]>(
    sample(
      [
        ['send', ['mill', '-m', 'x'], 2],
        ['send', ['local.mill', '-m', 'x'], 2],
        ['send', ['../mill', '-m', 'x'], 2],
        ['recv', ['--next'], 2],
        ['recv', ['--next', '--project', 'mill'], 2],
        ['status', ['--here'], 2],
        ['watch', ['--once', '--here'], 1],
      ],
      2,
    ),
  )('C34 %s %j says the line', async (command, args, exitCode) => {
    makeProjects('code')
    const refused = await home.run(command, args, at('code/shop'))
    expect(refused).toMatchObject({ exitCode, stdout: '' })
    expect(lineOf(refused)).toBe('cross-agent-discover --add-root ~/code')
    expect((await paste(lineOf(refused))).exitCode).toBe(0)
    if (command !== 'watch')
      expect((await home.run(command, args, at('code/shop'))).stderr).not.toContain('--add-root')
  })

  it('C34 a path that somebody names tells more than the working folder', async () => {
    makeProjects('code')
    mkdirSync(home.inbox('bakery'), { recursive: true })
    const refused = await home.run('send', ['~/code/mill', '-m', 'x'], at('projects/bakery'))
    expect(lineOf(refused)).toBe('cross-agent-discover --add-root ~/code')
  })

  itLong('C34 a text in a project that is not known yet is not sent, and the line is said', async () => {
    makeProjects('code')
    mkdirSync(home.inbox('bakery'), { recursive: true })
    const temp = { TMPDIR: home.programs }
    home.write('code/shop/note.md', 'Hello')
    const send = () =>
      home.run('send', ['bakery', 'note.md', '--title', 'x', '--no-sign'], { ...at('code/shop'), env: temp })
    const refused = await send()
    expect(refused.exitCode).toBe(2)
    await paste(lineOf(refused))
    expect((await send()).exitCode).toBe(0)
  })

  itLong('C34 no line is said where nothing shows that it would help', async () => {
    makeProjects('projects')
    mkdirSync(join(home.path, 'code/plain'), { recursive: true })
    for (const cwd of ['projects/shop', 'code/plain', '.']) {
      const refused = await home.run('send', ['mil', '-m', 'x'], at(cwd))
      expect(refused.exitCode).toBe(2)
      expect(refused.stderr).not.toContain('--add-root')
    }
  })

  it('C34 what succeeds says nothing of it', async () => {
    makeProjects('code')
    expect(await home.run('status', [], at('code/shop'))).toMatchObject({
      stdout: 'No projects with inbox/from-agents/ found — 0 pending.\n',
      stderr: '',
    })
    expect((await home.run('discover', [], at('code/shop'))).stdout).not.toContain('--add-root')
    expect(() => readFileSync(join(home.path, '.config/cross-agent-comms/peers.toml'))).toThrow('ENOENT')
  })
})
