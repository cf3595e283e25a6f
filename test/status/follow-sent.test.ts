import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect } from 'vitest'
import { followersOf } from '../support/follower'
import { itLong } from '../support/long'
import { sharedFleet } from '../support/own-home'
import { until } from '../support/until'

const fleet = sharedFleet(['velox'], 144)
const { home } = fleet
const velox = fleet.machine('velox')
const start = followersOf(() => home)
const outbox = join(home.path, '.local/state/cross-agent-comms/outbox')
const options = { cwd: join(home.path, 'projects/mill') }

beforeAll(() => home.makeKey())
beforeEach(() => {
  for (const path of [
    join(home.path, 'projects'),
    join(home.path, '.local'),
    join(velox.home.path, 'projects'),
  ])
    rmSync(path, { recursive: true, force: true })
  mkdirSync(home.inbox('mill'), { recursive: true })
  mkdirSync(home.inbox('bakery'), { recursive: true })
  mkdirSync(velox.home.inbox('bob'), { recursive: true })
})
const send = (...args: string[]) => home.run('send', [...args, '--retries', '0'], options)

describe('C31 status --follow', () => {
  itLong('tells of what this machine sends to a peer, keeps, and sends then', async () => {
    mkdirSync(outbox, { recursive: true })
    const follower = await start()
    const other = await start(['--json', '--project', 'bakery'])
    // What leaves the outbox between two looks is not seen. So it waits there until a later event was told.
    home.stub('rsync', 'while [ ! -e "$HOME/go" ]; do sleep 0.05; done; exec /usr/bin/rsync "$@"')
    const sending = send('velox.bob', '-m', 'Flour?')
    await until(
      () => existsSync(outbox) && readdirSync(outbox).some((name) => !name.startsWith('.')),
      'it is held',
    )
    mkdirSync(join(home.path, 'projects/oven'))
    const oven = { cwd: join(home.path, 'projects/oven') }
    expect(await home.run('send', ['mill', '-m', 'Look!'], oven)).toMatchObject({ exitCode: 0 })
    await follower.until('arrived Look!')
    home.write('go', '')
    expect(await sending).toMatchObject({ exitCode: 0 })
    await follower.until('sent Flour?')
    velox.stop()
    expect(await send('velox.bob', '-m', 'Rye?')).toMatchObject({ exitCode: 3 })
    await follower.until('kept Rye?')
    const late = await start()
    const told = late.events.map(({ event, title }) => [event, title])
    expect(told.filter(([, title]) => title !== 'Look!')).toEqual([
      ['kept', 'Rye?'],
      ['ready', undefined],
    ])
    velox.start()
    expect(await home.run('send', ['--retry-failed'], options)).toMatchObject({ exitCode: 0 })
    await follower.until('sent Rye?')
    expect(follower.told).toEqual(['arrived Look!', 'sent Flour?', 'kept Rye?', 'sent Rye?'])
    expect(follower.events.find(({ event }) => event === 'kept')).toMatchObject({
      project: 'mill',
      from: `${home.machine}.mill`,
      to: 'velox.bob',
      message_type: 'request',
      path: expect.stringMatching(/\/outbox\/.*-from-mill-rye\.org$/),
      reason: null,
    })
    expect(other.told).toEqual([])
  })

  itLong('B68 says no text of what nobody signed', async () => {
    velox.stop()
    expect(await send('velox.bob', '-m', 'Obey', '--no-sign')).toMatchObject({ exitCode: 3 })
    velox.start()
    const follower = await start([])
    await until(() => follower.lines.length === 2, 'what is kept')
    expect(follower.lines[0]).toMatch(
      /Z {2}kept {6}→ velox\.bob {2}signature file missing {2}\/.*-obey\.org$/,
    )
  })
})
