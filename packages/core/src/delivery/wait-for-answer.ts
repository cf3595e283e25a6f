import { createHash } from 'node:crypto'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { realPath } from '../fs/folder'
import { AnswerHold } from '../mailbox/answer-hold'
import type { Finding } from '../mailbox/decide'
import { changedInboxes } from '../mailbox/watching/changed-inboxes'
import type { Header } from '../message/header'
import type { Interruption } from '../programs/interruption'
import { currentSession, type Session } from '../programs/session'
import { eachOnce, ownInboxes, type Project } from '../project/project'
import type { Inbox } from '../project/projects'
import { AnswerArrivals, type Candidate } from './answer-arrivals'
import { placeOfAnswer, withReason } from './answer-place'
import { neighboursIn } from './answered'
import type { Route } from './destination'
import { answers } from './is-answer'
import { type Answer, takeAnswer } from './take-answer'
import { stopOf } from './wait-stop'

/** What is sent, and where. */
export interface Question extends Route {
  readonly message: { readonly bytes: Buffer; readonly conversation: string }
}

/** What happens while a command waits. */
export interface WaitEvents {
  readonly interruption: Interruption
  /** Something came that would be the answer, but recv would not process it. */
  readonly onRefused: (path: string, finding: Finding) => void
  /** Something came that would be the answer, but another session has it. */
  readonly onTakenElsewhere: (failure: Failure) => void
}

/** Milliseconds for sending. Where nobody can tell whether this process lives, as in containers, its hold ends then. */
const SENDING_TAKES = 60 * 60 * 1000

/**
 * Waits for the answer to a message (contract C28). From its beginning, which is before the message is sent, the
 * conversation counts as taken by this session; so nobody else gets the answer.
 */
export class AnswerWait {
  readonly #question: Question
  readonly #project: Project
  readonly #session: Session
  /** Whether the message goes to an inbox of the project that sends it. */
  readonly #isWithin: boolean
  readonly #hold: AnswerHold
  readonly #arrivals: AnswerArrivals
  readonly #context: Context
  #inboxes: readonly Inbox[]

  private constructor(question: Question, project: Project, seconds: number, context: Context) {
    const { message, inbox, destination } = question
    this.#question = question
    this.#project = project
    this.#context = context
    this.#inboxes = eachOnce(project.inboxes)
    this.#session = currentSession(context.env)
    const folders = this.#inboxes.map(({ folder }) => folder)
    this.#isWithin = destination.peer === undefined && folders.map(realPath).includes(realPath(inbox))
    this.#arrivals = new AnswerArrivals(this.#inboxes, message.conversation, message.bytes)
    this.#hold = this.#begin(folders, SENDING_TAKES + seconds * 1000)
  }

  /** Throws Failure; then the message must not be sent. `seconds`: how long it is to wait. */
  static async begin(question: Question, seconds: number, context: Context): Promise<AnswerWait> {
    return new AnswerWait(question, await placeOfAnswer(question, context), seconds, context)
  }

  #begin(inboxes: readonly string[], milliseconds: number): AnswerHold {
    const { bytes, conversation } = this.#question.message
    const request = this.#isWithin ? createHash('sha256').update(bytes).digest('hex') : undefined
    const { now } = this.#context
    const until = now() + milliseconds
    const awaited = { session: this.#session, conversation, request, inboxes, until }
    const hold = withReason(inboxes[0] ?? '', () => AnswerHold.begin(awaited, now))
    if (hold instanceof AnswerHold) return hold
    throw new Failure('conversation-held', {
      message: `not sent: another session has conversation ${conversation}, and would get the answer: ${hold.holder}`,
      hint: 'send it without --wait, or begin another conversation',
    })
  }

  /**
   * Waits at most some seconds. `name` is the message's name in the receiver's inbox. Undefined if the time is up. Throws
   * Failure under HALT, and what the interruption throws.
   */
  async wait(name: string, seconds: number, events: WaitEvents): Promise<Answer | undefined> {
    const stop = stopOf(events.interruption, this.#context)
    const neighbours = neighboursIn(this.#question.places, this.#context)
    const { conversation } = this.#question.message
    const asked = { name, conversation, destination: this.#question.destination }
    const test = (path: string, header: Header) => answers(asked, path, header, neighbours)
    const deadline = performance.now() + seconds * 1000
    const looks = changedInboxes(
      {
        command: 'cross-agent-send',
        list: () => this.#list(),
        check: stop.check,
        // A file that came may yet become the answer without any event: it is still written, or its signature follows.
        mustLookAgain: () => true,
        deadline,
      },
      this.#context,
    )
    try {
      for (;;) {
        const { done, value } = await Promise.race([looks.next(), stop.stopped])
        if (done || value === undefined) return undefined
        for (const candidate of this.#arrivals.candidates(value, test)) {
          // Whoever can write here could make this last.
          if (performance.now() > deadline) return undefined
          const answer = await this.#tryOne(candidate, test, events)
          try {
            stop.check()
          } catch (error) {
            answer?.giveBack()
            throw error
          }
          if (answer !== undefined) return answer
        }
      }
    } finally {
      stop.end()
    }
  }

  /** Lets the conversation go. Throws the system's error. */
  end(): void {
    this.#hold.end()
  }

  async #list(): Promise<readonly Inbox[]> {
    const all = await ownInboxes(this.#context, () => {})
    this.#inboxes = eachOnce(all.filter(({ project }) => project === this.#project.name))
    return this.#inboxes
  }

  /** Undefined if it is not the answer. */
  async #tryOne(
    candidate: Candidate,
    test: (path: string, header: Header) => unknown,
    { onRefused, onTakenElsewhere }: WaitEvents,
  ): Promise<Answer | undefined> {
    let found: Answer | undefined
    try {
      const taking = { session: this.#session, inboxes: this.#inboxes, isAlone: this.#isWithin }
      found = await takeAnswer(candidate, taking, this.#context)
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'taken-elsewhere') throw error
      onTakenElsewhere(error)
    }
    if (found === undefined) return undefined
    const { decision, header, bytes } = found.finding
    const isOwn = bytes?.equals(this.#question.message.bytes) === true
    if (decision.decision === 'process' && !isOwn && test(candidate.path, header) !== undefined) return found
    found.giveBack()
    if (decision.decision !== 'process') onRefused(candidate.path, found.finding)
    if (!decision.cannotJudge) this.#arrivals.dismiss(candidate)
    return undefined
  }
}
