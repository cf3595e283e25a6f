import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { messageText } from '../support/message'
import { home, it } from '../support/own-home'

beforeEach(() => {
  home.write('.config/cross-agent-comms/peers.toml', '[local]\nroots = ["~/projects", "~/code"]\n')
  mkdirSync(home.inbox('mill'), { recursive: true })
  mkdirSync(join(home.path, 'code/bakery/src'), { recursive: true })
})

const NAME = '20260101T000000Z-from-mill-talk.org'
const arrive = () => home.write(`code/bakery/inbox/from-agents/${NAME}`, messageText())
const inCode = { cwd: '' }
beforeEach(() => (inCode.cwd = join(home.path, 'code/bakery/src')))

describe('C16 [local] roots', () => {
  it('status shows the projects of all of them', async () => {
    arrive()
    const { projects } = JSON.parse((await home.run('status', ['--json'])).stdout)
    expect(projects.map(({ name }: { name: string }) => name)).toEqual(['bakery', 'mill'])
    expect((await home.run('status', ['--here', '--quiet', '--exit-code'], inCode)).exitCode).toBe(3)
    expect((await home.run('status', ['--project', 'bakery', '--quiet', '--exit-code'])).exitCode).toBe(3)
  })

  it('without ~/projects among them that is left out', async () => {
    home.write('.config/cross-agent-comms/peers.toml', '[local]\nroots = ["~/code"]\n')
    arrive()
    const { projects } = JSON.parse((await home.run('status', ['--json'])).stdout)
    expect(projects.map(({ name }: { name: string }) => name)).toEqual(['bakery'])
  })

  it('recv finds what waits, and knows for whom it is', async () => {
    const path = arrive()
    const next = await home.run('recv', ['--next', '--no-verify', '--json'], inCode)
    expect(JSON.parse(next.stdout)).toMatchObject({ path, decision: 'process' })
    home.write(`code/bakery/inbox/from-agents/${NAME}`, messageText({ TO: 'here.bakery' }))
    expect((await home.run('recv', ['--no-verify', path])).exitCode).toBe(0)
    home.write(`code/bakery/inbox/from-agents/${NAME}`, messageText({ TO: 'here.mill' }))
    expect(await home.run('recv', ['--no-verify', path])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('the message is for here.mill, not for bakery'),
    })
  })

  it('send delivers to a project in any of them, by its name alone', async () => {
    const { exitCode, stdout } = await home.run('send', ['bakery', '-m', 'Hello', '--no-sign'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain(join(home.path, 'code/bakery/inbox/from-agents/'))
  })

  it('watch waits for mail in all of them', async () => {
    const path = arrive()
    expect((await home.run('watch', ['--once'])).stdout).toBe(`${path}\n`)
    expect((await home.run('watch', ['--once', '--here'], inCode)).stdout).toBe(`${path}\n`)
  })

  it('discover lists the projects of all of them that have a folder .ai', async () => {
    for (const project of ['projects/mill', 'code/bakery']) mkdirSync(join(home.path, project, '.ai'))
    const { local } = JSON.parse((await home.run('discover', ['--json'])).stdout)
    expect(local).toEqual(['bakery', 'mill'])
  })

  it('a root within a project of another root has projects of its own', async () => {
    home.write(
      '.config/cross-agent-comms/peers.toml',
      '[local]\nroots = ["~/projects", "~/projects/group"]\n',
    )
    const path = home.write(`projects/group/inner/inbox/from-agents/${NAME}`, messageText())
    const cwd = join(home.path, 'projects/group/inner')
    expect((await home.run('watch', ['--once', '--here'], { cwd })).stdout).toBe(`${path}\n`)
  })

  it('malformed roots are told of, and the usual ones are shown', async () => {
    home.write('.config/cross-agent-comms/peers.toml', '[local]\nroots = "~/code"\n')
    home.write(`projects/mill/inbox/from-agents/${NAME}`, messageText())
    const { exitCode, stdout, stderr } = await home.run('status', [])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('mill')
    expect(stderr).toContain('local.roots must be a list of folders')
  })
})
