import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { outcomeOf } from '../support/home'
import { sample } from '../support/long'
import { messageText } from '../support/message'
import { home, it, itLong } from '../support/own-home'
import { until } from '../support/until'

beforeEach(() => mkdirSync(home.inbox('bob'), { recursive: true }))

const PEERS = '.config/cross-agent-comms/peers.toml'
const place = () =>
  home.write(
    PEERS,
    '[projects.career]\ninbox_path = "~/work/career/inbox"\n[projects.gone]\ninbox_path = "/nowhere"\n',
  )

describe('B28 an inbox that peers.toml places elsewhere on this machine', () => {
  const send = () => home.run('send', ['local.career', home.write('message.org', messageText()), '--no-sign'])

  it('is shown by status, under the name of its project', async () => {
    place()
    await send()
    const { projects } = JSON.parse((await home.run('status', ['--json'])).stdout)
    expect(
      projects.map(({ name, pending_count }: { name: string; pending_count: number }) => [
        name,
        pending_count,
      ]),
    ).toEqual([
      ['career', 1],
      ['bob', 0],
    ])
  })
  it('is listed by discover', async () => {
    place()
    mkdirSync(join(home.path, 'projects/ada/.ai'), { recursive: true })
    expect(JSON.parse((await home.run('discover', ['--json'])).stdout).local).toEqual(['ada'])
    await send()
    expect(JSON.parse((await home.run('discover', ['--json'])).stdout).local).toEqual(['ada', 'career'])
  })
  itLong('is watched, also when it is made later', async () => {
    place()
    const watcher = home.start('watch', [])
    const ended = outcomeOf(watcher)
    let said = ''
    watcher.stdout?.on('data', (text) => {
      said += text
    })
    await until(() => said.includes('watching 1 dir'), 'the watcher watches')
    await send()
    await until(() => / career: 2.*-talk\.org\n/.test(said), 'the message is told of')
    watcher.kill()
    expect((await ended).stderr).not.toContain('peers.toml')
  })
  it('of a peers.toml that cannot be read is said, and the others are shown', async () => {
    home.write(PEERS, '[projects.career\ninbox_path = 1')
    const shown = await home.run('status', [])
    expect(shown).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('bob') })
    expect(shown.stderr).toMatch(/^cannot read .*peers\.toml: .+\n.+\n$/)
  })
})

describe('B31 a glob that a shell has not expanded', () => {
  it('finds what it names below the home, by the name of its project', async () => {
    home.write('code/mill/inbox/from-agents/m.org', messageText())
    const glob = ['--projects-glob', '~/code/*/inbox/from-agents/']
    const { projects } = JSON.parse((await home.run('status', ['--json', ...glob])).stdout)
    expect(projects).toMatchObject([{ name: 'mill', pending_count: 1 }])
    const watcher = home.start('watch', glob)
    const ended = outcomeOf(watcher)
    let said = ''
    watcher.stdout?.on('data', (text) => {
      said += text
    })
    await until(() => said.includes('watching 1 dir'), 'the watcher watches')
    let tries = 0
    await until(() => {
      writeFileSync(join(home.path, `code/mill/inbox/from-agents/${tries++}.org`), messageText())
      return /\] mill: /.test(said)
    }, 'a message is told of')
    watcher.kill()
    await ended
    expect(said).toMatch(/\] mill: \d+\.org\n/)
  })
})

describe('B29 a message that is taken away as soon as it is there', () => {
  it.each(
    sample(
      [
        ['by inotifywait', {}],
        ['by what node has', { PATH: '/nowhere' }],
      ],
      1,
    ),
  )('is told of once, %s', async (_, env) => {
    const watcher = home.start('watch', ['--no-notify'], { env })
    const ended = outcomeOf(watcher)
    let said = ''
    watcher.stdout?.on('data', (text) => {
      said += text
    })
    let tries = 0
    await until(() => {
      writeFileSync(join(home.inbox('bob'), `probe-${tries++}`), '')
      return said.includes('probe')
    }, 'the watcher watches')
    const names = Array.from({ length: 200 }, (_, n) => `${n}.org`)
    // One process that does nothing else, so that the watcher sees most of them gone.
    const script = `cd "${home.inbox('bob')}"; for n in $(seq 0 199); do : > $n.org; rm $n.org; done; : > last.org`
    await home.exec('sh', ['-c', script])
    await until(() => said.includes(' last.org\n'), 'the last')
    watcher.kill()
    await ended
    const told = [...said.matchAll(/bob: (\d+\.org)\n/g)].map(([, name]) => name)
    expect(told.sort()).toEqual(names.sort())
  })
})
