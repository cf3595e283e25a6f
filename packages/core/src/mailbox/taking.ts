import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Brake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { isFile } from '../fs/files'
import { listNamesIfThere } from '../fs/folder'
import type { Session } from '../programs/session'
import type { Inbox } from '../project/projects'
import { Claims, type Wish } from './claims'
import { decideOnFile, type Finding, type Scrutiny } from './decide'
import { glanceAt } from './glance'
import { type Judge, makeJudge } from './judge'
import { laterOf } from './later-messages'
import { Mailbox, type WaitingMessage } from './mailbox'
import { awaitedElsewhere, notWritten, takenElsewhere } from './take-failures'
import { isWait } from './take-file'
import { conversationOf, TakeView } from './take-view'
import type { Take } from './takes'

/** Milliseconds between two looks while another command checks a message: the first and the longest pause. */
const FIRST_PAUSE = 10
const LONGEST_PAUSE = 250
/** Milliseconds: no check of a message holds up others for longer. */
const LONGEST_WAIT = 15 * 60 * 1000

/** How to take messages. */
export interface Taking {
  readonly session: Session
  /** How long, unless it is renewed. */
  readonly seconds: number
  readonly scrutiny: Scrutiny
  /** All inboxes of a project, each once. */
  readonly inboxes: readonly Inbox[]
  /** Takes a message without its conversation, which another session may have (contract C28). */
  readonly isAlone?: boolean
}

/** A message that is this session's. */
export interface Taken {
  readonly path: string
  readonly finding: Finding
  readonly take: Take
  /** How many later messages of its conversation wait. None is counted if recv would not process this one. */
  readonly later: number
  /** Ends the take, unless this session had it before: the message was not shown. */
  giveBack(): void
}

/** Takes messages for a session (contract C21). Throws Failure, also under HALT; nothing is taken then. */
export class Taker {
  readonly #taking: Taking
  readonly #context: Context
  readonly #brake: Brake
  readonly #judge: Judge
  readonly #claims: Claims

  constructor(taking: Taking, context: Context, brake: Brake) {
    this.#taking = taking
    this.#context = context
    this.#brake = brake
    this.#judge = makeJudge(context, brake, { scrutiny: taking.scrutiny })
    const folders = taking.inboxes.map(({ folder }) => folder)
    this.#claims = new Claims(taking.session, folders, context.now)
  }

  /**
   * The first message that this session has already, else the first that no other session has. `nothing`: none waits;
   * `others`: other sessions have all that waits.
   */
  async next(): Promise<Taken | 'nothing' | 'others'> {
    return this.#repeat(async (mailbox) => {
      const view = new TakeView(mailbox, this.#claims, this.#judge)
      const found = (await view.firstOwn()) ?? (await view.firstFree())
      if (found !== undefined) return this.#take(found, mailbox)
      if (view.isUnsettled) return undefined
      return (await mailbox.isWaiting(this.#judge)) ? 'others' : 'nothing'
    })
  }

  /** This very message. `released`: it does not wait any more. Throws Failure if another session has it. */
  async message(inbox: string, name: string): Promise<Taken | 'released' | 'gone'> {
    return this.#repeat(async (mailbox) => {
      const view = new TakeView(mailbox, this.#claims, this.#judge)
      const found = await view.only(inbox, name)
      if (found === undefined) return mailbox.namesIn(inbox).includes(name) ? 'released' : 'gone'
      const hindrance = await view.hindranceOf(found, this.#conversationOf(found))
      if (hindrance === undefined) return this.#take(found, mailbox)
      const { content } = hindrance
      if (content === undefined || content.isPending) return undefined
      if (isWait(hindrance)) throw awaitedElsewhere(found.path, content.by)
      const held = content.messages.find((other) => other.name === name) ?? content.messages[0]
      throw takenElsewhere(found.path, { by: content.by, name: held?.name ?? name, since: held?.since ?? 0 })
    })
  }

  /** Tries until there is a result: another command may be faster, or has not checked its message yet. */
  async #repeat<Result>(attempt: (mailbox: Mailbox) => Promise<Result | undefined>): Promise<Result> {
    const end = this.#context.now() + LONGEST_WAIT
    for (let pause = FIRST_PAUSE; this.#context.now() < end; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      this.#brake.check()
      const result = await attempt(new Mailbox(this.#taking.inboxes, listNamesIfThere))
      if (result !== undefined) return result
      // Those that gave way to each other must not meet again.
      await sleep(pause * (0.5 + Math.random()))
    }
    throw new Failure('not-taken', {
      message: 'cannot take: for fifteen minutes, other commands have been checking what waits',
      hint: 'see which they are with: ps aux | grep cross-agent-recv',
    })
  }

  /** Undefined if another one was faster, or the message has changed or gone meanwhile. */
  async #take(message: WaitingMessage, mailbox: Mailbox): Promise<Taken | undefined> {
    const { path, folder, name } = message
    const { scrutiny } = this.#taking
    const names = mailbox.namesIn(folder)
    const conversation =
      glanceAt(path, scrutiny.verifies)?.isHopeless === false ? this.#conversationOf(message) : undefined
    try {
      if (!this.#written(path, () => this.#claims.begin({ inbox: folder, name, conversation }, names)))
        return undefined
      // Whoever had it may have finished it before this take.
      if (!isFile(path)) return undefined
      const finding = await decideOnFile({ path, neighbours: names }, scrutiny, this.#context, this.#brake)
      this.#brake.check()
      const isProcessed = finding.decision.decision === 'process'
      const isOther = !this.#taking.isAlone && finding.header.get('CONVERSATION_ID') !== conversation
      if (isProcessed && isOther) return undefined
      const wish: Wish = { inbox: folder, name, conversation: isProcessed ? conversation : undefined }
      return await this.#settle(wish, message, finding, mailbox)
    } finally {
      this.#claims.abandon()
    }
  }

  #conversationOf(message: WaitingMessage): string | undefined {
    return this.#taking.isAlone ? undefined : conversationOf(message)
  }

  async #settle(
    wish: Wish,
    { path }: WaitingMessage,
    finding: Finding,
    mailbox: Mailbox,
  ): Promise<Taken | undefined> {
    const { session, seconds, scrutiny } = this.#taking
    const until = this.#context.now() + seconds * 1000
    const settled = this.#written(path, () => this.#claims.settle(wish, sha256Of(finding), until))
    if (settled === undefined) return undefined
    const { id: by, process } = session
    const take: Take = { ...wish, by, since: settled.since, until, process }
    const later = await laterOf(wish, mailbox, this.#judge, scrutiny.verifies)
    const giveBack = () => {
      if (settled.isNew) this.#claims.giveBack(wish.inbox, wish.name)
    }
    return { path, finding, take, later, giveBack }
  }

  #written<Result>(path: string, write: () => Result): Result {
    try {
      return write()
    } catch (error) {
      throw error instanceof Failure ? error : notWritten(path, error)
    }
  }
}

function sha256Of({ decision, bytes }: Finding): string | undefined {
  return decision.sha256 ?? (bytes && createHash('sha256').update(bytes).digest('hex'))
}
