import { readHalt } from '../brake/halt'
import { type Brake, makeBrake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import type { Vetted } from '../mailbox/vet'
import { changedInboxes } from '../mailbox/watching/changed-inboxes'
import { ownInboxes } from '../project/project'
import type { Agent, HookInput } from './agent'
import { type News, newMail, projectOf } from './answer-hook'
import { HookSession } from './hook-session'

/** Milliseconds after which a waiter gives up: a day, the longest that an agent lets a hook run. */
const LONGEST_WAIT = 24 * 60 * 60 * 1000

/** Ends the wait: a newer waiter has taken over, or the agent is gone. */
class NotNeeded extends Error {}

/**
 * Waits in the background of an idle session until a message comes that recv would process and of which the session
 * was not told; returns what to tell. Undefined where a newer waiter of the session took over, `isWanted` says no, or
 * a day has passed. Under HALT it wakes nobody; it goes on when that is gone (contract C17).
 */
export async function waitForMail(
  agent: Agent,
  input: HookInput,
  context: Context,
  isWanted: () => boolean,
): Promise<News | undefined> {
  const project = await projectOf(input, context)
  if (project === undefined) return undefined
  const session = new HookSession(agent.name, input.sessionId, context.paths, context.now())
  const isCurrent = session.becomeWaiter()
  const isHalted = () => readHalt(context.paths) !== undefined
  let wasHalted = false
  const verdicts = new Map<string, Vetted>()
  const options = {
    list: async () => (await ownInboxes(context, () => {})).filter((inbox) => inbox.project === project.name),
    check() {
      if (!isCurrent() || !isWanted()) throw new NotNeeded()
    },
    mustLookAgain: () => wasHalted && !isHalted(),
    deadline: performance.now() + LONGEST_WAIT,
  }
  try {
    for await (const inboxes of changedInboxes(options, context)) {
      wasHalted = isHalted()
      if (wasHalted) continue
      const look = { isPatient: true, verdicts, brake: endedBy(options.check, makeBrake(context.paths)) }
      const found = await newMail(agent, input, { ...project, inboxes }, context, look).catch(haltedOnly)
      if (found === HALTED) wasHalted = true
      else if (found !== undefined) return found
    }
  } catch (error) {
    if (!(error instanceof NotNeeded)) throw error
  }
  return undefined
}

/** Also between two messages: there may be many, and nobody is to wait for the end of a waiter. */
function endedBy(check: () => void, brake: Brake): Brake {
  return {
    isSet: brake.isSet,
    check() {
      check()
      brake.check()
    },
  }
}

const HALTED = Symbol('halted')

/** HALT may come at any time, and be gone as soon. */
function haltedOnly(error: unknown): typeof HALTED {
  if (error instanceof Failure && error.kind === 'halted') return HALTED
  throw error
}
