import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'

beforeEach(() => {
  for (const project of ['mill', 'bakery']) mkdirSync(home.inbox(project), { recursive: true })
})

const send = (...args: string[]) =>
  home.run('send', [...args, '--no-sign'], { cwd: join(home.path, 'projects/mill') })
const peers = (text: string) => home.write('.config/cross-agent-comms/peers.toml', text)
const received = (project: string) =>
  existsSync(join(home.path, project, 'inbox/from-agents'))
    ? readdirSync(join(home.path, project, 'inbox/from-agents')).length
    : 0

describe('C34 a destination is the path of a project', () => {
  it.each(
    sample(
      [['../bakery'], ['../bakery/'], ['~/projects/bakery'], ['./../mill/../bakery'], ['../../link']],
      1,
    ),
  )('C34 %s', async (path) => {
    symlinkSync('projects/bakery', join(home.path, 'link'))
    expect(await send(path, '-m', 'Hello')).toMatchObject({ exitCode: 0, stderr: '' })
    expect(received('projects/bakery')).toBe(1)
  })

  it('C34 is the same as its name: in TO, for a file, and for itself', async () => {
    const composed = await send(join(home.path, 'projects/bakery'), '-m', 'Hello', '--dry-run')
    expect(composed.stdout).toMatch(new RegExp(`^#\\+TO: ${home.machine}\\.bakery$`, 'm'))
    const message = home.write('message.org', messageText())
    expect((await send('../bakery', message)).exitCode).toBe(0)
    expect(received('projects/bakery')).toBe(1)
    expect((await send('.', '-m', 'Hello')).exitCode).toBe(0)
    expect(received('projects/mill')).toBe(1)
  })

  it('C34 C29 may be one of several', async () => {
    expect((await send('../bakery,mill', '-m', 'Hello')).exitCode).toBe(0)
    expect([received('projects/bakery'), received('projects/mill')]).toEqual([1, 1])
    expect((await send('../bakery,../nothing', '-m', 'Hello')).exitCode).toBe(2)
    expect(received('projects/bakery')).toBe(1)
  })

  itLong('C34 also of one elsewhere, by the name that it has here', async () => {
    peers(
      '[local]\nroots = ["~/projects", "~/my.code"]\n[projects.career]\ninbox_path = "~/work/career/mail"\n',
    )
    for (const folder of ['my.code/shop', 'my.code/a.b', 'work/career/mail', 'elsewhere'])
      mkdirSync(join(home.path, folder), { recursive: true })
    symlinkSync('../elsewhere', join(home.path, 'projects/linked'))
    for (const [path, name] of [
      ['~/my.code/shop', 'shop'],
      ['../../my.code/a.b', 'a.b'],
      ['~/work/career', 'career'],
      ['~/elsewhere', 'linked'],
    ] as const) {
      const { exitCode, stdout, stderr } = await send(path, '-m', 'Hello', '--dry-run')
      expect([exitCode, stdout], stderr).toEqual([0, expect.stringContaining(`.${name}\n`)])
    }
  })

  itLong('C34 what a word means already stays', async () => {
    peers(`[peers."${home.path}/projects/my"]\nhost = "velox.invalid"\n`)
    mkdirSync(join(home.path, 'projects/my.shop'))
    const to = (path: string) => send(path, '-m', 'Hello', '--dry-run')
    expect((await to(`${home.path}/projects/my.shop`)).stderr).toMatch(/^would be sent to: velox\.invalid:/m)
    expect((await to('../my.shop')).stderr).toBe(
      `would be sent to: ${home.path}/projects/my.shop/inbox/from-agents\n`,
    )
    // A name without a slash is a name.
    mkdirSync(join(home.path, 'projects/mill/bakery'))
    expect((await to('bakery')).stderr).toContain('/projects/bakery/inbox/from-agents\n')
    mkdirSync(join(home.path, 'projects/mill/stall'))
    expect((await to('stall')).exitCode).toBe(2)
  })

  it.each(
    sample(
      [
        ['../bakery/inbox', 'that folder is not the one of the project bakery'],
        ['../../code/bakery', 'that folder is not the one of the project bakery'],
        ['..', 'cross-agent-status'],
        ['../nothing', 'cross-agent-status'],
        ['../README', 'cross-agent-status'],
        ['/', 'cross-agent-status'],
        ['../bak\u001b[2Jery/', 'cross-agent-status'],
      ],
      2,
    ),
  )('C34 %j is none: exit 2, nothing is sent', async (path, words) => {
    home.write('projects/README', '')
    mkdirSync(join(home.path, 'code/bakery'), { recursive: true })
    peers('[local]\nroots = ["~/projects", "~/code"]\n')
    const refused = await send(path, '-m', 'Hello')
    expect(refused).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(words) })
    expect(refused.stderr).not.toContain('\u001b')
    expect([received('projects/bakery'), received('code/bakery')]).toEqual([0, 0])
  })

  it('C34 halted: 5', async () => {
    home.write('.config/cross-agent-comms/HALT', '')
    expect((await send('../bakery', '-m', 'Hello')).exitCode).toBe(5)
  })
})
