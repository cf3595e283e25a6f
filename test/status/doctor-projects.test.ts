import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { examineHome } from '../support/doctor'
import { home, it, itLong } from '../support/own-home'

const folder = (path: string) => mkdirSync(join(home.path, path), { recursive: true })
const PEERS = '.config/cross-agent-comms/peers.toml'
/** What the doctor says of these parts. */
const said = async (name: string, cwd = '.') => {
  const checks = await examineHome(home, { cwd: join(home.path, cwd) })
  return checks.filter((check) => check.name === name)
}
beforeEach(() => mkdirSync(home.programs))

describe('C34 status --doctor says of projects', () => {
  it('C34 how many there are, and where it looks', async () => {
    for (const project of ['projects/mill', 'code/shop', 'code/bakery']) folder(project)
    expect(await said('projects')).toMatchObject([{ state: 'ok', said: '1 in ~/projects' }])
    home.write(PEERS, '[local]\nroots = ["~/projects", "~/code"]\n')
    expect(await said('projects')).toMatchObject([{ state: 'ok', said: '3 in ~/projects, ~/code' }])
  })

  itLong(
    'C34 the line that adds the folder of the repository that one is in, or that holds most',
    async () => {
      for (const repository of ['code/one', 'work/one', 'work/two', 'open/one', 'open/two', 'open/three'])
        folder(`${repository}/.git`)
      chmodSync(join(home.path, 'open'), 0o777)
      const line = (root: string) => [
        {
          state: 'bad',
          said: 'none in ~/projects',
          remedy: { command: `cross-agent-discover --add-root ${root}` },
        },
      ]
      expect(await said('projects')).toMatchObject(line('~/work'))
      expect(await said('projects', 'code/one')).toMatchObject(line('~/code'))
      await home.run('discover', ['--add-root', '~/code'])
      expect(await said('projects')).toMatchObject([{ state: 'ok', said: '1 in ~/projects, ~/code' }])
    },
  )

  it('C34 the line with DIR if there is no trace of any, which is no fault', async () => {
    folder('Documents/letters')
    expect(await said('projects')).toMatchObject([
      { state: 'absent', said: expect.stringMatching(/^none in ~\/projects: make one there/), remedy: null },
    ])
    const { stdout } = await home.run('status', ['--doctor'])
    expect(stdout).toMatch(/^– projects: none in .*\n.*\n {4}cross-agent-discover --add-root DIR\n/m)
  })

  itLong('C34 the lines that other senders need, until peers.toml has them', async () => {
    home.write(PEERS, '[local]\nroots = ["~/projects", "~/my code"]\n')
    folder('projects/mill/inbox/from-agents')
    folder('my code/unused/.git')
    expect(await said('senders')).toEqual([])
    for (const name of ['a', 'b', 'c', 'd']) folder(`my code/${name}/inbox/from-agents`)
    const lines = ['a', 'b', 'c'].flatMap((name) => [
      `[projects.${name}]`,
      `inbox_path = "~/my code/${name}/inbox/from-agents"`,
    ])
    expect(await said('senders')).toMatchObject([
      { state: 'absent', said: expect.stringMatching(/ has these lines, and such for 1 more:$/), lines },
    ])
    const { stdout } = await home.run('status', ['--doctor'])
    expect(stdout).toContain(lines.map((line) => `    ${line}\n`).join(''))
    home.write(PEERS, `[local]\nroots = ["~/projects", "~/my code"]\n${lines.join('\n')}\n`)
    expect(await said('senders')).toMatchObject([{ lines: ['[projects.d]', expect.any(String)] }])
  })
})
