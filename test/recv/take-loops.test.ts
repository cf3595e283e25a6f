import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRandom } from '../conformance/random.mjs'
import { Home } from '../support/home'
import { putSigned } from '../support/inbox'
import { isLong, LONGER } from '../support/long'
import { messageText } from '../support/message'
import { type Note, TakeLoops } from '../support/take-loop'

const LOOPS = 8
const { TEST_MESSAGES = '300', TEST_KILLS = '40' } = process.env
const messages = Number(TEST_MESSAGES)
const kills = Number(TEST_KILLS)
/** Each conversation has four messages. */
const conversations = Math.ceil(messages / 4)
/** Milliseconds: only what hangs takes as long. */
const limit = 600_000 + messages * 5_000

describe.runIf(isLong)(`C21 ${LOOPS} loops take ${messages} messages, ${kills} kills`, LONGER, () => {
  const home = new Home()
  const random = makeRandom(7)
  const loops = new TakeLoops(home, 'bob')

  beforeAll(async () => {
    await home.makeKey()
    for (let number = 0; number < messages; number++) {
      const conversation = `talk-${number % conversations}`
      const stamp = new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString().replace(/[-:]|\.\d+/g, '')
      const fields = {
        CONVERSATION_ID: conversation,
        SEQUENCE: String(1 + Math.floor(number / conversations)),
      }
      await putSigned(home, 'bob', `${stamp}-from-mill-${conversation}.org`, messageText(fields))
    }
  }, limit)
  afterAll(() => home.remove())

  /** Kills loops at moments spread over the whole run. */
  async function killAtRandom(): Promise<void> {
    for (let count = 0; count < kills && loops.waiting() > 0; ) {
      const isDue = messages - loops.waiting() >= (count * messages) / (kills + 1)
      if (isDue && (await loops.kill((most) => random.below(most)))) count++
      await sleep(1 + random.below(100))
    }
  }

  it('each is handled once, but those in hand at a kill; no conversation is in two hands', {
    ...LONGER,
    timeout: limit,
  }, async () => {
    await Promise.all([...Array.from({ length: LOOPS }, () => loops.run()), killAtRandom()])
    expect(loops.said).toEqual([])
    expect(loops.done()).toHaveLength(messages)
    const notes = loops.notes()
    expect(inTwoHands(notes)).toEqual([])
    const { repeated, unexplained } = handledAgain(notes)
    expect(unexplained).toEqual([])
    console.log(`${messages} messages, ${loops.kills} kills, handled again after one: ${repeated.length}`)
    expect(new Set(notes.map(({ name }) => name)).size - (loops.kills > 0 ? 1 : 0)).toBe(messages)
    expect(loops.kills).toBeGreaterThan(0)
  })
})

/** Messages that a loop began while another one had begun one of that conversation, and neither ended it nor was killed. */
function inTwoHands(notes: readonly Note[]): string[] {
  const held = new Map<string, string>()
  const wrong: string[] = []
  for (const { what, loop, conversation, name } of notes) {
    if (what === 'killed') {
      for (const [talk, holder] of held) if (holder === loop) held.delete(talk)
    } else if (what === 'end') held.delete(conversation)
    else {
      const holder = held.get(conversation)
      if (holder !== undefined && holder !== loop) wrong.push(`${name}: ${holder} and ${loop}`)
      held.set(conversation, loop)
    }
  }
  return wrong
}

/** Messages that were begun more than once, and of these, those that no killed loop had begun last. */
function handledAgain(notes: readonly Note[]): { repeated: string[]; unexplained: string[] } {
  const killed = new Set(notes.flatMap(({ what, loop }) => (what === 'killed' ? [loop] : [])))
  const last = new Map<string, string>()
  for (const { what, loop, name } of notes) if (what === 'begin') last.set(loop, name)
  const begun = notes.filter(({ what }) => what === 'begin')
  const repeated = begun.filter(({ name }, at) => begun.findIndex((other) => other.name === name) < at)
  const unexplained = repeated.filter(({ name }) => {
    const before = begun.filter((other) => other.name === name).slice(0, -1)
    return before.some(({ loop }) => !killed.has(loop) || last.get(loop) !== name)
  })
  return { repeated: repeated.map(({ name }) => name), unexplained: unexplained.map(({ name }) => name) }
}
