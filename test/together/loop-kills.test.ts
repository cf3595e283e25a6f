import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { makeRandom } from '../conformance/random.mjs'
import { isLong } from '../support/long'
import { sharedHome } from '../support/own-home'
import { makePrograms, ReadmeLoop } from '../support/readme-loop'
import { seeds } from '../support/seeds'
import { until } from '../support/until'

/** What `npm run test:long` sets. */
const { TEST_MESSAGES = isLong ? '40' : '5', TEST_KILLS = isLong ? '30' : '1' } = process.env
const messages = Number(TEST_MESSAGES)
const kills = Number(TEST_KILLS)
/** Milliseconds: one that hangs is ended, however many there are. */
const limit = 300_000 + messages * 5_000

describe.each(seeds)(`C13 C14 ${messages} messages, ${kills} kills, seed %i`, (seed) => {
  const home = sharedHome()
  const random = makeRandom(seed)
  const mill = new ReadmeLoop(home, 'mill')
  const bakery = new ReadmeLoop(home, 'bakery')
  const requests = Math.ceil(messages / 2)

  beforeAll(async () => {
    for (const project of ['mill', 'bakery']) mkdirSync(home.inbox(project), { recursive: true })
    makePrograms(home)
    await home.makeKey()
  })

  async function sendRequests(): Promise<void> {
    for (let number = 1; number <= requests; number++) {
      const args = ['bakery', '-m', `Request ${number}`]
      const sent = await home.run('send', args, { cwd: join(home.path, 'projects/mill') })
      expect(sent, sent.stderr).toMatchObject({ exitCode: 0 })
    }
  }

  /** Kills one of the loops whenever so many messages are handled. */
  async function killAtRandom(): Promise<void> {
    const when = Array.from({ length: kills }, () => random.below(messages)).sort((a, b) => a - b)
    for (const count of when) {
      const loop = random.pick([mill, bakery])
      await until(() => mill.handled().length + bakery.handled().length >= count, `${count} handled`, limit)
      await loop.kill(random.below(250))
    }
  }

  async function exchange(): Promise<void> {
    const running = Promise.all([mill.run(), bakery.run()])
    try {
      await Promise.all([sendRequests(), killAtRandom()])
      // A request leaves the inbox when its answer is there: in this order nothing is left.
      const isComplete = () => bakery.names().length === 0 && mill.names().length === 0
      await until(isComplete, 'every message is done', limit)
    } finally {
      for (const loop of [mill, bakery]) loop.end()
      await running
    }
  }

  it('every message is handled, and once, but the one in hand at a kill', { timeout: limit }, async () => {
    await exchange()
    for (const loop of [mill, bakery]) {
      expect(loop.said).toEqual([])
      expect(loop.names()).toEqual([])
      const handled = loop.handled()
      const times = (sum: string, list: readonly string[]) => list.filter((other) => other === sum).length
      const done = loop.sums('done')
      expect(new Set(done)).toEqual(new Set(handled))
      const again = handled.filter((sum, at) => handled.indexOf(sum) !== at)
      expect(again.filter((sum) => times(sum, handled) > 1 + times(sum, loop.inHand))).toEqual([])
      for (const name of loop.names('done'))
        expect(existsSync(join(home.inbox(loop.project), 'done', `${name}.asc`)), name).toBe(true)
      console.log(
        `${loop.project}: ${done.length} messages, ${loop.kills} kills, in hand at one: ${loop.inHand.length}, ` +
          `of these handled again: ${again.length} ${again.map((sum) => sum.slice(0, 8)).join(' ')}`,
      )
    }
    expect(bakery.names('done')).toHaveLength(requests)
    const answered = mill.names('done').map((name) => name.replace(/^.*-from-bakery-|(\.\d+)?\.org$/g, ''))
    expect(new Set(answered).size).toBe(requests)
  })
})
