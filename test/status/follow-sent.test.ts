import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { followersOf } from '../support/follower'
import { sharedFleet } from '../support/own-home'
import { until } from '../support/until'

const fleet = sharedFleet(['velox'], 144)
const { home } = fleet
const velox = fleet.machine('velox')
const start = followersOf(() => home)
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
  it('tells of what this machine sends to a peer, keeps, and sends then', async () => {
    const follower = await start()
    const other = await start(['--json', '--project', 'bakery'])
    expect(await send('velox.bob', '-m', 'Flour?')).toMatchObject({ exitCode: 0 })
    await follower.until('sent Flour?')
    velox.stop()
    expect(await send('velox.bob', '-m', 'Rye?')).toMatchObject({ exitCode: 3 })
    await follower.until('kept Rye?')
    const late = await start()
    expect(late.events.map(({ event, title }) => [event, title])).toEqual([
      ['kept', 'Rye?'],
      ['ready', undefined],
    ])
    velox.start()
    expect(await home.run('send', ['--retry-failed'], options)).toMatchObject({ exitCode: 0 })
    await follower.until('sent Rye?')
    expect(follower.told).toEqual(['sent Flour?', 'kept Rye?', 'sent Rye?'])
    const [, , kept] = follower.events
    expect(kept).toMatchObject({
      project: 'mill',
      from: `${home.machine}.mill`,
      to: 'velox.bob',
      message_type: 'request',
      path: expect.stringMatching(/\/outbox\/.*-from-mill-rye\.org$/),
      reason: null,
    })
    expect(other.told).toEqual([])
  })

  it('B68 says no text of what nobody signed', async () => {
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
