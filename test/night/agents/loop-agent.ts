import { setTimeout as sleep } from 'node:timers/promises'
import type { Hands } from './hands'

/** Letters at a time. */
const MOST_LETTERS = 3

/** An agent in a loop of its own: works through its mail, writes to somebody, rests. */
export async function runLoopAgent(hands: Hands): Promise<void> {
  const { session, town, random } = hands
  while (!session.isOver && town.phase !== 'end') {
    await hands.workThrough()
    const letters = town.phase === 'night' ? random.below(MOST_LETTERS + 1) : 0
    for (let count = 0; count < letters && !session.isOver; count++) await hands.compose()
    await sleep(random.between(1000, 5000))
  }
}
