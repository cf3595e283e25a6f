import { liveBrake } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { Failure, showFailure } from '@cac/core/command/failure'
import type { Answer } from '@cac/core/delivery/take-answer'
import { AnswerWait } from '@cac/core/delivery/wait-for-answer'
import { fileName } from '@cac/core/fs/paths'
import { reasonOf } from '@cac/core/fs/system-error'
import { bareReason } from '@cac/core/mailbox/bare-reason'
import type { Finding } from '@cac/core/mailbox/decide'
import { makeJudge } from '@cac/core/mailbox/judge'
import { Mailbox } from '@cac/core/mailbox/mailbox'
import { renderMessage } from '@cac/core/mailbox/show-message'
import type { Interruption } from '@cac/core/programs/interruption'
import { findProject } from '@cac/core/project/project'
import { pathWord } from '@cac/core/text/shell'
import { sendFailures } from './failures'
import type { Outgoing } from './outgoing'

/** The exit code when no answer was shown, as in the program `timeout`. */
const NO_ANSWER = 124
/** Seconds. A take counts no longer. */
const LONGEST = 24 * 60 * 60
/** The most lines on what is no answer: anybody may put files into an inbox. */
const MOST_REFUSALS = 8

/** A send that waits for its answer. */
export interface Waiting {
  /** Waits and shows the answer. `name` is the message's name in the receiver's inbox. Returns the exit code. */
  wait(name: string, interruption: Interruption): Promise<number>
  end(): void
}

/** Throws Failure; then nothing must be sent. */
export async function beginToWait(seconds: number, outgoing: Outgoing, context: Context): Promise<Waiting> {
  if (seconds < 1 || seconds > LONGEST) {
    throw new Failure('usage', {
      message: `cross-agent-send: error: argument --wait: must be 1 to ${LONGEST} seconds: ${seconds}`,
    })
  }
  const answerWait = await AnswerWait.begin(outgoing, seconds, context)
  return {
    wait: (name, interruption) => waitAndShow(answerWait, { name, seconds, interruption }, context),
    end() {
      try {
        answerWait.end()
      } catch (error) {
        // It counts no longer than this process lives.
        context.err(`cannot remove what held the conversation: ${reasonOf(error)}`)
      }
    },
  }
}

interface Terms {
  readonly name: string
  readonly seconds: number
  readonly interruption: Interruption
}

/** The message was sent: no failure may look as if it had not been. */
async function waitAndShow(
  answerWait: AnswerWait,
  { name, seconds, interruption }: Terms,
  context: Context,
): Promise<number> {
  const tell = onlyOnce(context.err)
  const events = {
    interruption,
    onRefused: (path: string, finding: Finding) => tell(refusalLine(path, finding)),
    onTakenElsewhere: ({ message }: Failure) => tell(message),
  }
  try {
    const answer = await answerWait.wait(name, seconds, events)
    if (answer !== undefined) return show(answer, context)
    context.err(
      `no answer within ${seconds} s, but it was sent: do not send it again. ${await howToWaitOn(context)}`,
    )
    return NO_ANSWER
  } catch (error) {
    if (interruption.signal !== undefined) throw error
    if (error instanceof Failure) showFailure(error, context.err)
    else context.err(`cannot wait for the answer: ${reasonOf(error)}`)
    context.err('it was sent: do not send it again')
    return error instanceof Failure && error.kind === 'halted' ? sendFailures.halted : NO_ANSWER
  }
}

function show(answer: Answer, context: Context): number {
  const { path, finding, take: taken, later } = answer
  try {
    liveBrake(context).check()
  } catch (error) {
    answer.giveBack()
    throw error
  }
  const style = { json: false, compact: false, unverified: false }
  const pieces = renderMessage(path, finding, taken === undefined ? style : { ...style, taken, later })
  for (const piece of pieces) context.out(piece)
  return 0
}

/** Only the reason is shown, because the text of the message is not verified (contract B68). */
function refusalLine(path: string, { decision: { decision, reason = '' }, header }: Finding): string {
  const bare = bareReason(reason, [...header.values(), fileName(path)])
  return `not an answer: ${pathWord(path)}: ${decision}: ${bare}`
}

/** What waits already, as what this session is working on, would end a wait at once. */
async function howToWaitOn(context: Context): Promise<string> {
  const isWaiting = await doesAnyWait(context)
  const watch = `cross-agent-watch --once ${isWaiting ? '--new ' : ''}--here --timeout 100`
  return `Wait on: ${watch}; then: cross-agent-recv --take and the path that it prints`
}

async function doesAnyWait(context: Context): Promise<boolean> {
  try {
    const { inboxes } = await findProject(undefined, context)
    return await new Mailbox(inboxes).isWaiting(makeJudge(context, liveBrake(context)))
  } catch {
    return true
  }
}

/** Says each line once, and no more than a few. */
function onlyOnce(err: (line: string) => void): (line: string) => void {
  const said = new Set<string>()
  return (line) => {
    if (said.has(line) || said.size > MOST_REFUSALS) return
    said.add(line)
    err(said.size > MOST_REFUSALS ? 'not an answer: more of them, which are not named' : line)
  }
}
