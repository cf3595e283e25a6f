import { setTimeout as sleep } from 'node:timers/promises'
import type { Hands } from './hands'

/** An agent in a loop of its own: works through its mail, writes to somebody, rests. */
export async function runLoopAgent(hands: Hands): Promise<void> {
  const { session, town, random } = hands
  while (!session.isOver && town.phase !== 'end') {
    await hands.workThrough()
    if (town.phase === 'night' && random.chance(0.6)) await hands.compose()
    await sleep(random.between(1000, 5000))
  }
}
