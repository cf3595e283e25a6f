import type { Brake } from '../brake/run-brake'
import type { Context } from '../command/context'
import type { WaitingMessage } from '../mailbox/mailbox'
import type { Vetted } from '../mailbox/vet'
import type { WakeLimits } from '../peers/limits-table'
import { readPeersFile } from '../peers/peers-file'
import type { HeldWake } from './held-wakes'
import { type HookPlace, holdsIn } from './hook-place'
import { isNamed, join } from './known-sessions'
import { mailNotice, REMINDER } from './mail-notice'
import type { KnownSession, ProjectRecord } from './project-record'
import { publishHeld } from './publish-held'
import { PATIENCE, type Tellable, turnOf } from './tellings'
import { lookAtMail, type MailLook, type UsableMessage, waitingMail } from './waiting-mail'
import { arrivalOf, countWake, holdBack, isSilent, mayWake, uncountWake } from './wakes'

/** A reason to begin a turn, or to let one go on. */
export interface News {
  readonly notice: string
  /** The session did not hear of it: it may be told again, and was not woken. */
  takeBack(): void
}

/** What a look for a wake found. */
export interface WakeLook {
  readonly news: News | undefined
  /** Conversations that wake nobody for now. A person is to be told of each. */
  readonly held: readonly HeldWake[]
  /** When to look again, in milliseconds since the epoch, even if nothing comes. */
  readonly again: number
}

/** How to look. */
export interface WakeOptions {
  readonly brake: Brake
  /** The session has a hook event now, so it was active last. Otherwise, its waiter looks. */
  readonly isActive: boolean
  /** Whether the session may still be woken, as the record says. */
  readonly isWanted?: (session: KnownSession) => boolean
  readonly isPatient?: boolean
  readonly verdicts?: Map<string, Vetted>
}

/** Each look examines a few messages. Those that are held back must not hide the others. */
const MOST_LOOKS = 5

/**
 * Finds mail that may wake this session, and records that it did (contracts C23, C24). Throws Failure under HALT or if
 * the limits are malformed, and an error if the count cannot be kept. Nobody is woken then.
 */
export async function lookForWake(
  place: HookPlace,
  context: Context,
  options: WakeOptions,
): Promise<WakeLook> {
  const limits = await (await readPeersFile(context.paths)).wakeLimits()
  const held: HeldWake[] = []
  let again = Number.POSITIVE_INFINITY
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const now = context.now()
    const record = place.store.read()
    const session = record.sessions.find(({ key }) => key === place.here.key)
    if (session === undefined) break
    const filter = new Filter(place, session, record, options.isActive, now)
    const look = await lookAtMail(place.project, context, options.brake, {
      ...options,
      isKnown: (message, tellable) => filter.leavesOut(message, tellable),
    })
    const found = look.usable.length === 0 ? NOTHING : decide(place, look, limits, options, context)
    held.push(...found.held)
    again = Math.min(filter.again, found.again)
    if (found.told.length > 0) return { news: await newsOf(place, look, found.told, context), held, again }
    if (found.held.length === 0 && found.heldAgain === 0) break
  }
  return { news: undefined, held, again }
}

/** Leaves out what need not be verified, because this session is not woken for it now. */
class Filter {
  again = Number.POSITIVE_INFINITY
  readonly #session: KnownSession
  readonly #record: ProjectRecord
  readonly #isActive: boolean
  readonly #now: number
  readonly #hold: ReturnType<typeof holdsIn>

  constructor(
    place: HookPlace,
    session: KnownSession,
    record: ProjectRecord,
    isActive: boolean,
    now: number,
  ) {
    this.#session = session
    this.#record = record
    this.#isActive = isActive
    this.#now = now
    this.#hold = holdsIn(place, session, now)
  }

  leavesOut(message: WaitingMessage, tellable: Tellable): boolean {
    const header = message.header
    if (isSilent(header?.get('MESSAGE_TYPE'))) return true
    const conversation = header?.get('CONVERSATION_ID')
    const until = arrivalOf(0, conversation, this.#record)
    if (until > this.#now) return this.#later(until)
    const hold = this.#hold(message)
    if (hold === 'taken' || hold === 'other') return this.#later(this.#now + PATIENCE)
    if (hold === 'own') return wasTold(this.#session, tellable, this.#record)
    const arrived = arrivalOf(tellable.arrived, conversation, this.#record)
    const turn = turnOf(this.#session, { ...tellable, arrived }, this.#record, this.#now, this.#isActive)
    return turn === 'now' ? false : turn === 'never' ? true : this.#later(turn)
  }

  #later(at: number): true {
    this.again = Math.min(this.again, at)
    return true
  }
}

function wasTold(session: KnownSession, { message }: Tellable, { tellings }: ProjectRecord): boolean {
  return tellings.some((telling) => telling.message === message && isNamed(session, telling.session))
}

interface Decision {
  readonly told: readonly UsableMessage[]
  readonly held: readonly HeldWake[]
  /** How many are held back of which a person was told before. */
  readonly heldAgain: number
  readonly again: number
}

const NOTHING: Decision = { told: [], held: [], heldAgain: 0, again: Number.POSITIVE_INFINITY }

/** Decides alone: of all that look at this moment, one session is woken, and counted. */
function decide(
  { store, here, project }: HookPlace,
  { usable }: MailLook,
  limits: WakeLimits,
  { isActive, isWanted = () => true }: WakeOptions,
  context: Context,
): Decision {
  return store.change((record) => {
    const now = context.now()
    const session = join(record, here, now)
    if (!isWanted(session)) return NOTHING
    const told: UsableMessage[] = []
    const held: HeldWake[] = []
    let heldAgain = 0
    let again = Number.POSITIVE_INFINITY
    for (const message of usable) {
      const { tellable, conversation, type } = message
      if (isSilent(type) || wasTold(session, tellable, record)) continue
      const last = record.tellings.findLast((telling) => telling.message === tellable.message)
      if (last !== undefined && now - last.at < PATIENCE && isOther(record, last.session, session)) {
        again = Math.min(again, last.at + PATIENCE)
        continue
      }
      const turn = mayWake(record, conversation, limits, now)
      if (turn === 'now') told.push(message)
      else if (turn !== 'never') {
        again = Math.min(again, turn)
        if (holdBack(record, conversation, turn, now))
          held.push({ project: project.name, conversation, until: turn })
        else heldAgain++
      }
    }
    if (told.length > 0) wake(record, session, told, isActive, now)
    if (held.length + heldAgain > 0) publishHeld(context.paths, project.name, record, now)
    return { told, held, heldAgain, again }
  })
}

/** Whether another session was told, one that can be relied upon. */
function isOther({ sessions }: ProjectRecord, key: string, session: KnownSession): boolean {
  if (isNamed(session, key)) return false
  return sessions.some((other) => isNamed(other, key) && !other.isOneShot)
}

function wake(
  record: ProjectRecord,
  session: KnownSession,
  told: readonly UsableMessage[],
  isActive: boolean,
  now: number,
): void {
  for (const { tellable } of told)
    record.tellings.push({ message: tellable.message, session: session.key, at: now })
  countWake(
    record,
    session.key,
    told.map(({ conversation }) => conversation),
    now,
  )
  session.isIdle = false
  session.waiter = ''
  if (isActive) session.prolongedAt = now
}

async function newsOf(
  { store, here }: HookPlace,
  look: MailLook,
  told: readonly UsableMessage[],
  context: Context,
): Promise<News> {
  const mail = await waitingMail({ ...look, unusable: 0, unjudged: 0, unseen: 0 }, told, context)
  const messages = new Set(told.map(({ tellable }) => tellable.message))
  return {
    notice: `${mailNotice(mail) ?? ''}. ${REMINDER}`,
    takeBack() {
      store.change((record) => {
        record.tellings = record.tellings.filter(
          ({ message, session }) => session !== here.key || !messages.has(message),
        )
        uncountWake(record, here.key)
      })
    },
  }
}
