import { readHalt } from '../brake/halt'
import { makeBrake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import type { Agent, HookInput, Reply } from './agent'
import type { HeldWake } from './held-wakes'
import { nothing } from './hook-io'
import { type HookPlace, hookPlace, hookSession } from './hook-place'
import { noteEvent } from './known-sessions'
import { HALT_NOTICE } from './mail-notice'
import { NOT_TOLD } from './project-record'
import { noticeFor, noticeWithoutRecord } from './tell'
import { forgetLastReason } from './tellings'
import { lookForWake } from './wake-session'

/** A hook's answer, and what else is to be done. */
export interface Answer {
  readonly reply: Reply
  /** Whether the session may be woken from now on: no turn runs, and it is no run of one prompt. */
  readonly mayWait: boolean
  /** A person is to be told of each. */
  readonly held: readonly HeldWake[]
}

const SILENCE: Answer = { reply: nothing(), mayWait: false, held: [] }

/**
 * Decides what an agent hears at this moment of its session (contract C17). At the start and on each prompt, it gets
 * one line about mail that it was not told of yet. At the end of a turn, the line is a reason to go on, as often as the
 * limits allow (contracts C23, C24). A run of one prompt is told at its start only. Throws Failure, or the system's
 * error; then there is nothing to say.
 */
export async function answerHook(agent: Agent, input: HookInput, context: Context): Promise<Answer> {
  const { moment } = input
  if (moment === 'other') return SILENCE
  const here = hookSession(agent, input, context)
  // Before anything is read: the run waits for this.
  if (here.isOneShot && moment !== 'session-start') return SILENCE
  const place = await hookPlace(here, context)
  if (place === undefined) return SILENCE
  return moment === 'turn-end' ? atTurnEnd(place, context) : atStart(place, context)
}

async function atStart(place: HookPlace, context: Context): Promise<Answer> {
  const { here } = place
  const { agent, input } = here
  const mayWait = input.moment === 'session-start' && input.continues !== 'compacted' && !here.isOneShot
  const answer = (text: string | undefined): Answer => ({
    reply: text === undefined ? nothing() : agent.context(input, text),
    mayWait,
    held: [],
  })
  if (readHalt(context.paths) !== undefined) {
    note(place, context)
    return answer(HALT_NOTICE)
  }
  const brake = makeBrake(context.paths)
  try {
    return answer(await noticeFor(place, context, brake))
  } catch (error) {
    // Mail must be seen even if a disk is full. With each prompt, it would be told again.
    if (error instanceof Failure || input.moment !== 'session-start') throw error
    return { ...answer(await noticeWithoutRecord(place, context, brake)), mayWait: false }
  }
}

async function atTurnEnd(place: HookPlace, context: Context): Promise<Answer> {
  const { agent, input } = place.here
  if (readHalt(context.paths) !== undefined) {
    note(place, context)
    return { ...SILENCE, mayWait: true }
  }
  place.store.change((record) => {
    const session = noteEvent(record, place.here, context.now())
    const isDropped = input.isContinuation && input.answer === session.answer
    session.answer = input.answer ?? NOT_TOLD
    if (isDropped) forgetLastReason(record, session)
  })
  // A hook has prolonged this turn already: asking again could go on for ever. Or the user broke the turn off.
  if (input.isContinuation || input.answer === '') return { ...SILENCE, mayWait: true }
  const brake = makeBrake(context.paths)
  const { news, held } = await lookForWake(place, context, { brake, isActive: true })
  if (news === undefined) return { ...SILENCE, mayWait: true, held }
  return { reply: agent.goOn(input, news.notice), mayWait: false, held }
}

/** Under HALT, nothing depends on the record. */
function note({ store, here }: HookPlace, context: Context): void {
  try {
    store.change((record) => noteEvent(record, here, context.now()))
  } catch {}
}
