import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { binOf } from '../../scripts/project.mjs'
import { put } from '../support/inbox'
import { itLong } from '../support/long'
import { messageText } from '../support/message'
import { sharedHome } from '../support/own-home'

const home = sharedHome()
const watch = [process.execPath, binOf('watch')]
const NAME = '20260101T000000Z-from-mill-talk.org'
const at = (...parts: string[]) => join(home.path, ...parts)
const peers = (toml: string) => home.write('.config/cross-agent-comms/peers.toml', toml)

beforeAll(() => home.makeKeyring())
beforeEach(() => {
  for (const folder of ['projects', 'real']) rmSync(at(folder), { recursive: true, force: true })
  peers('')
  mkdirSync(home.inbox('bakery'), { recursive: true })
  mkdirSync(at('real/code/src'), { recursive: true })
  symlinkSync(at('real/code'), at('projects/linked'))
})

/** What a project is called by send, and by status. */
const nameIn = async (cwd: string, PWD?: string) => {
  const options = { cwd, ...(PWD === undefined ? {} : { env: { PWD } }) }
  const sent = await home.run('send', ['bakery', '-m', 'Hello', '--dry-run'], options)
  const from = /^#\+FROM: [^.]*\.(.*)$/m.exec(sent.stdout)?.[1]
  const here = await home.run('recv', ['--next'], options)
  return { from, here: /^nothing waits in (.*)$/m.exec(here.stderr)?.[1] }
}
const called = (name: string) => ({ from: name, here: name })

describe('B57 a project that is a link', () => {
  it('is called by its name below the root, in all commands', async () => {
    for (const folder of ['real/code', 'real/code/src', 'projects/linked/src'])
      expect(await nameIn(at(folder))).toEqual(called('linked'))
  })

  it('can be answered, and hooks find its mail by the folder that the agent names', async () => {
    const sent = await home.run('send', ['bakery', '-m', 'Hello', '--no-sign'], { cwd: at('real/code') })
    const path = sent.stdout.slice('sent: '.length, -1)
    expect(path).toContain('-from-linked-hello.org')
    const answer = await home.run('send', ['--reply-to', path, '-m', 'Re', '--no-sign'], {
      cwd: at('projects/bakery'),
    })
    expect(answer.stdout).toMatch(new RegExp(`^sent: ${home.inbox('linked')}/`))
    const gate = ['--here', '--quiet', '--exit-code']
    expect((await home.run('status', gate, { cwd: at('real/code') })).exitCode).toBe(3)
    const event = { hook_event_name: 'SessionStart', session_id: 's', cwd: at('projects/linked') }
    const hook = home.write('event.json', JSON.stringify(event))
    const { stdout } = await home.exec('sh', ['-c', `"$0" "$1" --hook claude <"$2"`, ...watch, hook], {
      cwd: '/',
    })
    expect(stdout).toContain('waits for linked')
  })

  itLong(
    'that several lead to: by the one that PWD came through, else the folder itself or the first',
    async () => {
      symlinkSync('linked', at('projects/again'))
      expect(await nameIn(at('real/code/src'))).toEqual(called('again'))
      expect(await nameIn(at('real/code/src'), at('projects/linked/src'))).toEqual(called('linked'))
      // A PWD that was left behind by another program counts for nothing.
      expect(await nameIn(at('real/code/src'), at('projects/bakery'))).toEqual(called('again'))
      symlinkSync('bakery', at('projects/a-bakery'))
      expect(await nameIn(at('projects/bakery'))).toEqual(called('bakery'))
      expect(await nameIn(at('projects/bakery'), at('projects/a-bakery'))).toEqual(called('a-bakery'))
      // Both have the inbox, and a message in it is one message.
      put(home, 'bakery', NAME, messageText({ TO: 'oven.a-bakery' }))
      for (const project of ['bakery', 'a-bakery']) {
        const next = await home.run('recv', ['--next', '--no-verify', '--project', project])
        expect(next.exitCode).toBe(0)
      }
      const thread = await home.run('status', ['--thread', 'talk', '--json'])
      expect(JSON.parse(thread.stdout).messages).toHaveLength(1)
    },
  )

  itLong('in several roots: by the innermost', async () => {
    peers('[local]\nroots = ["~/projects", "~/real"]\n')
    expect(await nameIn(at('real/code/src'))).toEqual(called('code'))
    expect(await nameIn(at('real/code/src'), at('projects/linked/src'))).toEqual(called('linked'))
  })

  itLong('within another project is not that one', async () => {
    symlinkSync('../bakery', at('projects/linked/oven'))
    const PWD = at('projects/linked/oven')
    symlinkSync('../../projects/bakery', at('real/code/stove'))
    expect(await nameIn(at('projects/bakery'), PWD)).toEqual(called('bakery'))
    expect(await nameIn(at('projects/bakery'), at('projects/linked/stove'))).toEqual(called('bakery'))
    mkdirSync(at('real/other'))
    symlinkSync('../other', at('real/code/other'))
    expect(await nameIn(at('real/other'), at('projects/linked/other'))).toEqual({
      from: 'other',
      here: undefined,
    })
  })

  it('where peers.toml places it outside of the roots: by the name there', async () => {
    mkdirSync(at('real/shop-main/inbox/from-agents'), { recursive: true })
    peers('[projects.shop]\ninbox_path = "~/real/shop-main/inbox/from-agents"\n')
    expect(await nameIn(at('real/shop-main/inbox'))).toEqual(called('shop'))
  })
})
