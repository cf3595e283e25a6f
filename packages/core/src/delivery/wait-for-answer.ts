import { createHash } from 'node:crypto'
import { brakeOf, requireNotHalted } from '../brake/halt'
import { liveBrake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { makeFolder } from '../fs/durable'
import { realPath } from '../fs/folder'
import { reasonOf } from '../fs/system-error'
import { AnswerHold } from '../mailbox/answer-hold'
import { decideOnFile, type Finding } from '../mailbox/decide'
import { glanceAt } from '../mailbox/glance'
import { LONGEST_TAKE } from '../mailbox/take-file'
import type { Take } from '../mailbox/takes'
import { Taker } from '../mailbox/taking'
import { changedInboxes } from '../mailbox/watching/changed-inboxes'
import type { Header } from '../message/header'
import { PROTOCOL_VERSION } from '../message/protocol'
import type { Interruption } from '../programs/interruption'
import { LOOK_EVERY } from '../programs/program'
import { currentSession, type Session } from '../programs/session'
import { eachOnce, findProject, ownInboxes, type Project } from '../project/project'
import type { Inbox } from '../project/projects'
import { AnswerArrivals, type Candidate } from './answer-arrivals'
import { neighboursIn } from './answered'
import type { Route } from './destination'
import { answers } from './is-answer'

declare module '../command/failure' {
  interface FailureKinds {
    /** No answer can come to the sender. */
    'nowhere-to-wait': true
    /** Another session has the conversation, so the answer would be for that one. */
    'conversation-held': true
  }
}

/** What is sent, and where. */
export interface Question extends Route {
  readonly message: { readonly bytes: Buffer; readonly conversation: string }
}

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

/** What happens while a command waits. */
export interface WaitEvents {
  readonly interruption: Interruption
  /** Something came that would be the answer, but recv would not process it. */
  readonly onRefused: (path: string, finding: Finding) => void
  /** Something came that would be the answer, but another session has it. */
  readonly onTakenElsewhere: (failure: Failure) => void
}

const SCRUTINY = {
  verifies: true,
  findsCopies: true,
  protocolVersion: PROTOCOL_VERSION,
  isAwaited: true,
}
/** Seconds, as for `recv --take`. */
const TAKEN_FOR = 60 * 60

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

  private constructor(question: Question, project: Project, context: Context) {
    const { message, inbox, destination } = question
    this.#question = question
    this.#project = project
    this.#context = context
    this.#inboxes = eachOnce(project.inboxes)
    this.#session = currentSession(context.env)
    const folders = this.#inboxes.map(({ folder }) => folder)
    this.#isWithin = destination.peer === undefined && folders.map(realPath).includes(realPath(inbox))
    this.#hold = this.#begin(folders)
    this.#arrivals = new AnswerArrivals(this.#inboxes, message.conversation, message.bytes)
  }

  /** Throws Failure; then the message must not be sent. */
  static async begin(question: Question, context: Context): Promise<AnswerWait> {
    return new AnswerWait(question, await ownProject(question, context), context)
  }

  #begin(inboxes: readonly string[]): AnswerHold {
    const { bytes, conversation } = this.#question.message
    const request = this.#isWithin ? createHash('sha256').update(bytes).digest('hex') : undefined
    const { now } = this.#context
    const until = now() + LONGEST_TAKE
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
    const { interruption } = events
    const stop = stopOf(interruption, this.#context)
    const neighbours = neighboursIn(this.#question.places, this.#context)
    const { conversation } = this.#question.message
    const asked = { name, conversation, destination: this.#question.destination }
    const test = (path: string, header: Header) => answers(asked, path, header, neighbours)
    const looks = changedInboxes(
      {
        command: 'cross-agent-send',
        list: () => this.#list(),
        check: stop.check,
        // A file that came may yet become the answer without any event: it is still written, or its signature follows.
        mustLookAgain: () => true,
        deadline: performance.now() + seconds * 1000,
      },
      this.#context,
    )
    try {
      for (;;) {
        const { done, value } = await Promise.race([looks.next(), stop.stopped])
        if (done || value === undefined) return undefined
        for (const candidate of this.#arrivals.candidates(value, test)) {
          const answer = await this.#tryOne(candidate, test, events)
          if (interruption.signal !== undefined) answer?.giveBack()
          stop.check()
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
      found = await this.#take(candidate)
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

  /** Takes it, where it can be taken, and decides on it. Undefined if it has gone. */
  async #take({ path, folder, name }: Candidate): Promise<Answer | undefined> {
    const context = this.#context
    const brake = liveBrake(context)
    const untaken = async (): Promise<Answer> => {
      const finding = await decideOnFile({ path }, SCRUTINY, context, brake)
      brake.check()
      return { path, finding, take: undefined, later: 0, giveBack: () => {} }
    }
    if (glanceAt(path)?.isHopeless !== false) return untaken()
    const taking = {
      session: this.#session,
      seconds: TAKEN_FOR,
      scrutiny: SCRUTINY,
      inboxes: this.#inboxes,
      isAlone: this.#isWithin,
    }
    const taken = await new Taker(taking, context, brake).message(folder, name)
    if (taken === 'gone') return undefined
    return taken === 'released' ? untaken() : taken
  }
}

/** The project of the working folder, with an inbox. Throws Failure. */
async function ownProject({ sender, places }: Question, context: Context): Promise<Project> {
  if (sender.project !== undefined) {
    const project = await findProject(undefined, context)
    if (project.inboxes.length > 0) return project
    // Nothing has come to it yet.
    const inbox = places.projects.inbox(sender.project)
    withReason(inbox, () => makeFolder(inbox))
    const again = await findProject(undefined, context)
    if (again.inboxes.length > 0) return again
  }
  const [lacks, remedy] =
    sender.project === undefined
      ? ['the working folder is in no project of this machine', 'change into your project']
      : [`${sender.project} has no inbox of its own`, 'see why with cross-agent-status --doctor']
  throw new Failure('nowhere-to-wait', {
    message: `not sent: no answer can come: ${lacks}`,
    hint: `${remedy}, or send it without --wait`,
  })
}

function withReason<Result>(inbox: string, run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    const message = `not sent: cannot wait for the answer: ${inbox}: ${reasonOf(error)}`
    throw new Failure('nowhere-to-wait', { message, hint: 'make it writable, or send without --wait' }, error)
  }
}

/** Ends a wait at once on a signal, and soon under HALT. */
function stopOf(interruption: Interruption, context: Context) {
  const check = () => {
    interruption.check()
    requireNotHalted(context)
  }
  let end = () => {}
  const stopped = new Promise<never>((_, reject) => {
    const look = () => {
      try {
        check()
      } catch (error) {
        reject(error)
      }
    }
    const isHalted = brakeOf(context)
    const timer = setInterval(() => isHalted() && look(), LOOK_EVERY)
    const release = interruption.onSignal(look)
    end = () => {
      clearInterval(timer)
      release()
    }
  })
  // While a candidate is judged, nobody listens.
  stopped.catch(() => {})
  return { check, stopped, end: () => end() }
}
