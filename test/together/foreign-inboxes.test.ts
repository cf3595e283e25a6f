import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { faultsOf } from '../support/doctor'
import { put, putSigned } from '../support/inbox'
import { itLong, sample } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

const home = sharedHome()
const NAME = '20260101T000000Z-from-mill-talk.org'
const at = (...parts: string[]) => join(home.path, 'projects', ...parts)
const peers = (toml: string) => home.write('.config/cross-agent-comms/peers.toml', toml)
const inEvil = { cwd: at('evil') }

beforeAll(() => home.makeKey())
beforeEach(() => {
  for (const folder of ['projects', 'mail']) rmSync(join(home.path, folder), { recursive: true, force: true })
  peers('')
  for (const project of ['mill', 'evil/inbox']) mkdirSync(at(project), { recursive: true })
  mkdirSync(home.inbox('bakery'), { recursive: true })
})

const waits = { exitCode: 3 }
const nothing = { exitCode: 6 }
const next = (project: string) => home.run('recv', ['--next', '--no-verify', '--project', project])
const gate = (...args: string[]) => home.run('status', ['--quiet', '--exit-code', ...args], inEvil)
const failed = (reason: string) => ({
  exitCode: 3,
  stdout: '',
  stderr: expect.stringMatching(new RegExp(`^cannot mark as done: .*: ${reason}`)),
})

describe("B50 a repository's link to the inbox of another project", () => {
  const links: [string, () => void][] = [
    ['itself', () => symlinkSync('../../bakery/inbox/from-agents', at('evil/inbox/from-agents'))],
    [
      'of the folder above',
      () => {
        rmSync(at('evil/inbox'), { recursive: true })
        symlinkSync('../bakery/inbox', at('evil/inbox'))
      },
    ],
  ]
  it.each(sample(links, 1))('%s makes it no inbox of its own', async (_, link) => {
    put(home, 'bakery', NAME, messageText())
    link()
    expect(await home.run('recv', ['--next'], inEvil)).toMatchObject(nothing)
    expect(await next('evil')).toMatchObject(nothing)
    expect(await next('bakery')).toMatchObject({ exitCode: 0 })
    expect(await gate('--here')).toMatchObject({ exitCode: 0 })
    expect(await gate('--project', 'evil')).toMatchObject({ exitCode: 0 })
    expect(await gate('--project', 'bakery')).toMatchObject(waits)
    const once = await home.run('watch', ['--once', '--here', '--timeout', '0'], inEvil)
    expect(once.exitCode).toBe(124)
    const thread = await home.run('status', ['--thread', 'talk', '--json'])
    expect(JSON.parse(thread.stdout).messages).toHaveLength(1)
    const sent = await home.run('status', ['--sent', '--project', 'mill', '--json'])
    expect(JSON.parse(sent.stdout).sent.map(({ to }: { to: string }) => to)).toEqual([
      `${home.machine}.bakery`,
    ])
    // The scripts' own forms follow links.
    const all = await home.run('status', ['--json'])
    expect(JSON.parse(all.stdout).projects.map(({ name }: { name: string }) => name)).toEqual([
      'bakery',
      'evil',
    ])
    expect((await home.run('recv', ['--no-verify', join(home.inbox('evil'), NAME)])).exitCode).toBe(0)
  })

  it('is named by the doctor, with where it is and whose that is', async () => {
    links[0]?.[1]()
    const found = (await faultsOf(home)).find(({ name }) => name === 'inbox of evil')
    expect(found?.said).toBe(
      `${home.inbox('evil')} leads to ${home.inbox('bakery')}, which belongs to bakery: it is no inbox of evil`,
    )
    expect(found?.remedy?.command).toBe(`ls -ld ${home.inbox('evil')}`)
  })

  it('--done does nothing through it', async () => {
    const path = put(home, 'bakery', NAME, messageText())
    links[0]?.[1]()
    const done = await home.run('recv', ['--done', `inbox/from-agents/${NAME}`], inEvil)
    expect(done).toMatchObject(failed('it lies in the inbox of bakery, to which a link in evil leads'))
    expect(existsSync(path)).toBe(true)
    expect((await home.run('recv', ['--done', `../bakery/inbox/from-agents/${NAME}`], inEvil)).exitCode).toBe(
      0,
    )
  })

  it('TO names the project in which a message really lies', async () => {
    links[0]?.[1]()
    const path = join(home.inbox('evil'), NAME)
    await putSigned(home, 'bakery', NAME, messageText({ TO: 'oven.bakery' }))
    expect((await home.run('recv', [path])).exitCode).toBe(0)
    await putSigned(home, 'mill', NAME, messageText({ TO: 'oven.evil' }))
    rmSync(home.inbox('evil'))
    symlinkSync('../../mill/inbox/from-agents', home.inbox('evil'))
    const { exitCode, stdout } = await home.run('recv', [path])
    expect(exitCode).toBe(3)
    expect(stdout).toContain('the message is for oven.evil, not for mill, in whose inbox it lies')
  })

  it('nor does peers.toml make it one, where what it names is that link', async () => {
    put(home, 'bakery', NAME, messageText())
    links[0]?.[1]()
    peers('[projects.evil]\ninbox_path = "~/projects/evil/inbox/from-agents"\n')
    expect(await next('evil')).toMatchObject(nothing)
    expect(await next('bakery')).toMatchObject({ exitCode: 0 })
  })
})

describe('B50 links that somebody may have meant', () => {
  it('an inbox belongs to whom peers.toml gives it, and may be shared', async () => {
    put(home, 'bakery', NAME, messageText())
    peers('[projects.evil]\ninbox_path = "~/projects/bakery/inbox/from-agents"\n')
    expect(await next('evil')).toMatchObject({ exitCode: 0 })
    expect(await next('bakery')).toMatchObject(nothing)
    const shared = ['evil', 'bakery'].map(
      (name) => `[projects.${name}]\ninbox_path = "~/projects/bakery/inbox/from-agents"\n`,
    )
    peers(shared.join(''))
    for (const project of ['evil', 'bakery']) {
      put(home, 'bakery', NAME, messageText({ TO: `oven.${project}` }))
      for (const name of ['evil', 'bakery']) expect(await next(name)).toMatchObject({ exitCode: 0 })
    }
  })

  itLong('a folder outside of all projects belongs to those that lead there', async () => {
    mkdirSync(join(home.path, 'mail'))
    symlinkSync(join(home.path, 'mail'), home.inbox('evil'))
    const path = put(home, 'evil', NAME, messageText({ TO: 'oven.evil' }))
    expect(await next('evil')).toMatchObject({ exitCode: 0 })
    expect((await home.run('recv', ['--done', path])).exitCode).toBe(0)
    expect(existsSync(join(home.path, 'mail/done', NAME))).toBe(true)
  })

  itLong('a project that is a link has its own', async () => {
    mkdirSync(join(home.path, 'mail/inbox/from-agents'), { recursive: true })
    symlinkSync(join(home.path, 'mail'), at('linked'))
    const path = put(home, 'linked', NAME, messageText({ TO: 'oven.linked' }))
    expect(await next('linked')).toMatchObject({ exitCode: 0 })
    expect((await home.run('recv', ['--done', path])).exitCode).toBe(0)
    expect(await faultsOf(home)).not.toContainEqual(expect.objectContaining({ name: 'inbox of linked' }))
  })
})

describe('B50 a done/ that is a link', () => {
  it.each(sample(['.', '../../../mill/inbox/from-agents'], 1))(
    'to %s: --done ends with 3 and moves nothing',
    async (target) => {
      const path = await putSigned(home, 'bakery', NAME, messageText())
      mkdirSync(home.inbox('mill'), { recursive: true })
      symlinkSync(target, join(home.inbox('bakery'), 'done'))
      for (const named of [path, join(home.inbox('bakery'), 'done', NAME)])
        expect((await home.run('recv', ['--done', named])).exitCode).toBe(3)
      expect(await home.run('recv', ['--done', path])).toMatchObject(
        failed('.*/done is a link, not a folder'),
      )
      expect(readdirSync(home.inbox('bakery'))).toEqual([NAME, `${NAME}.asc`, 'done'])
      expect(readdirSync(home.inbox('mill'))).toEqual([])
      const faults = await faultsOf(home)
      expect(faults.map(({ said }) => said).join('\n')).toContain('done is a link: its content is ignored')
    },
  )

  it('is not looked into: no copy there makes a message a duplicate, and no thread shows it', async () => {
    const path = await putSigned(home, 'bakery', NAME, messageText())
    await putSigned(home, 'mill', NAME, messageText())
    symlinkSync('../../../mill/inbox/from-agents', join(home.inbox('bakery'), 'done'))
    expect((await home.run('recv', [path])).exitCode).toBe(0)
    const thread = await home.run('status', ['--thread', 'talk', '--json'])
    const states = JSON.parse(thread.stdout).messages.map(({ state }: { state: string }) => state)
    expect(states).toEqual(['waiting', 'waiting'])
    const sent = await home.run('status', ['--sent', '--project', 'mill', '--json'])
    expect(sent.stdout).not.toContain('"done"')
  })
})

describe('B71 --done', () => {
  it.each(sample(['notes', 'projects/bakery/notes', 'projects/bakery/inbox'], 1))(
    'moves nothing that lies in no inbox: %s',
    async (folder) => {
      const path = home.write(`${folder}/x.org`, messageText())
      expect(await home.run('recv', ['--done', path])).toMatchObject(
        failed('it lies in no inbox of this machine'),
      )
      expect(existsSync(path)).toBe(true)
    },
  )

  it.each(
    sample(
      [
        ['a placed inbox', '[projects.bakery]\ninbox_path = "~/mail/bakery"\n', 'mail/bakery'],
        ['a project in another root', '[local]\nroots = ["~/mail"]\n', 'mail/bakery/inbox/from-agents'],
        ['a project that a glob may name', '', 'mail/bakery/inbox/from-agents'],
      ],
      1,
    ),
  )('moves what lies in the inbox of %s', async (_, toml, inbox) => {
    peers(toml)
    const path = home.write(`${inbox}/${NAME}`, messageText())
    expect((await home.run('recv', ['--done', path])).exitCode).toBe(0)
  })
})
