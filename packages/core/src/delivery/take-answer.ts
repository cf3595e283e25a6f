import { liveBrake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { decideOnFile, type Finding } from '../mailbox/decide'
import { glanceAt } from '../mailbox/glance'
import type { Take } from '../mailbox/takes'
import { Taker, type Taking } from '../mailbox/taking'
import { PROTOCOL_VERSION } from '../message/protocol'
import type { Candidate } from './answer-arrivals'

/** The answer, which recv would process. */
export interface Answer {
  readonly path: string
  readonly finding: Finding
  /** Undefined for what waits for nobody: a release, or what a release has answered meanwhile. */
  readonly take: Take | undefined
  /** How many later messages of its conversation wait. */
  readonly later: number
  /** Ends the take: the answer was not shown. */
  giveBack(): void
}

const SCRUTINY = {
  verifies: true,
  findsCopies: true,
  protocolVersion: PROTOCOL_VERSION,
  isAwaited: true,
}
/** Seconds, as for `recv --take`. */
const TAKEN_FOR = 60 * 60
/** Bytes. What is larger, and surely rejected, is not read for the reason. */
const LARGEST_REJECTED = 1024 * 1024

/**
 * Takes what may be the answer, where it can be taken, and decides on it. Undefined if it has gone. Throws Failure under
 * HALT, or if another session has it.
 */
export async function takeAnswer(
  { path, folder, name }: Candidate,
  taking: Pick<Taking, 'session' | 'inboxes' | 'isAlone'>,
  context: Context,
): Promise<Answer | undefined> {
  const brake = liveBrake(context)
  const untaken = async (): Promise<Answer> => {
    const finding = await decideOnFile({ path }, SCRUTINY, context, brake)
    brake.check()
    return { path, finding, take: undefined, later: 0, giveBack: () => {} }
  }
  const glance = glanceAt(path)
  if (glance === undefined) return undefined
  if (glance.isHopeless) return glance.size > LARGEST_REJECTED ? rejectedUnread(path) : untaken()
  const taker = new Taker({ ...taking, seconds: TAKEN_FOR, scrutiny: SCRUTINY }, context, brake)
  const taken = await taker.message(folder, name)
  if (taken === 'gone') return undefined
  return taken === 'released' ? untaken() : taken
}

function rejectedUnread(path: string): Answer {
  const decision = { decision: 'reject', reason: 'no usable signature, or no valid header' } as const
  const finding = { decision, header: new Map(), bytes: undefined, signers: [] }
  return { path, finding, take: undefined, later: 0, giveBack: () => {} }
}
