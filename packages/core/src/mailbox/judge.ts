import type { Brake } from '../brake/run-brake'
import type { Context } from '../command/context'
import type { Scrutiny } from './decide'
import type { FoundEntry } from './entry'
import type { Limits } from './glance'
import { openMessages } from './pending'
import type { Released } from './release-rules'
import type { Memory, Vetted } from './vet'

/** The facts about a message file that its release depends on. */
export type Lying = Pick<FoundEntry, 'name' | 'size' | 'from' | 'conversation' | 'type' | 'timestamp'>

/** Tells whether a message is released. */
export interface Judge {
  /** `releases` are those of its conversation and folder that are not earlier. Throws Failure under HALT. */
  isReleased(folder: string, message: Lying, releases: readonly Lying[]): Promise<Released>
}

/** How to check releases; the defaults are those of `recv --next`. */
export interface Judging {
  readonly scrutiny?: Scrutiny
  readonly limits?: Limits
  /** Verdicts of earlier looks in this run, for callers that look repeatedly. */
  readonly verdicts?: Map<string, Vetted> | undefined
  readonly memory?: Memory | undefined
}

/**
 * Except in status's plain table, a release counts only if recv would process it, and only for messages of its own
 * sender (contract B51). This is checked when it first matters: most inboxes hold no release and so have no extra cost.
 */
export function makeJudge(context: Context, brake: Brake, judging: Judging = {}): Judge {
  let rules: Promise<Judge> | undefined
  return {
    async isReleased(folder, message, releases) {
      if (releases.length === 0) return 'no'
      rules ??= import('./release-rules').then(({ releaseRules }) => releaseRules(context, brake, judging))
      return (await rules).isReleased(folder, message, releases)
    },
  }
}

/** The messages that are not released. An unclear one counts as waiting: better reported twice than never. */
export async function stillWaiting<Message extends Lying>(
  entries: readonly Message[],
  folder: string,
  judge: Judge,
): Promise<Message[]> {
  const waiting: Message[] = []
  for (const { message, releases } of openMessages(entries)) {
    if (releases.length === 0 || (await judge.isReleased(folder, message, releases)) !== 'yes')
      waiting.push(message)
  }
  return waiting
}
