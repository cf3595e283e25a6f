import type { Brake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { fileName } from '../fs/paths'
import { Budget, type Limits } from '../mailbox/glance'
import { makeJudge } from '../mailbox/judge'
import { Mailbox, type WaitingMessage } from '../mailbox/mailbox'
import { trustStamp, type VetOptions, type Vetted, vet } from '../mailbox/vet'
import { senderInName } from '../message/message-name'
import { PROTOCOL_VERSION } from '../message/protocol'
import type { Project } from '../project/project'
import { MailMemory } from './mail-memory'
import { knownOrigin, type NoticedMessage, type WaitingMail } from './mail-notice'
import { type Tellable, tellableAt } from './tellings'

/** Most usable messages that one notice looks for. More would change little. */
const MOST_USABLE = 8
/** How much a hook examines while an agent waits: once for messages, once for releases (contract B65). */
const WHILE_AGENT_WAITS: Limits = { verifications: 16, bytes: 16 * 1024 * 1024 }
/** Bytes. Larger messages are examined after all others. */
const SMALL = 256 * 1024

const SCRUTINY = { verifies: true, findsCopies: true, protocolVersion: PROTOCOL_VERSION }

/** A message that recv would process. All of it comes from the bytes that were decided on (contract B66). */
export interface UsableMessage {
  readonly path: string
  readonly tellable: Tellable
  readonly conversation: string
  readonly type: string
  readonly vetted: Vetted
}

/** What waits for a project and is not known, in the order to handle it. */
export interface MailLook extends Omit<WaitingMail, 'usable' | 'first'> {
  readonly usable: readonly UsableMessage[]
}

/** How much to examine. */
export interface LookOptions {
  /** Messages that are known already are left out. */
  readonly isKnown: (message: WaitingMessage, tellable: Tellable) => boolean
  /** Messages that recv would not process are left out if they came before, in milliseconds since the epoch. */
  readonly warnedAt?: number
  /** Examines everything, because nobody waits for the answer. */
  readonly isPatient?: boolean
  /** Earlier verdicts of this run. */
  readonly verdicts?: Map<string, Vetted>
}

/** Examines what waits for a project, as recv does. Throws Failure under HALT. */
export async function lookAtMail(
  { name, inboxes }: Project,
  context: Context,
  brake: Brake,
  { isKnown, warnedAt = 0, isPatient = false, verdicts }: LookOptions,
): Promise<MailLook> {
  const limits = isPatient ? {} : WHILE_AGENT_WAITS
  const stamp = trustStamp(context)
  const memory = new MailMemory(context.paths.mailMemory, stamp, context.now())
  try {
    const judge = makeJudge(context, brake, { limits, verdicts, memory })
    const waiting = (await new Mailbox(inboxes).waiting(judge)).flatMap((message) => {
      const tellable = tellableAt(message.path)
      return tellable === undefined || isKnown(message, tellable) ? [] : [{ message, tellable }]
    })
    const options = { scrutiny: SCRUTINY, budget: new Budget(limits), verdicts, stamp, memory }
    return { project: name, ...(await sortOut(waiting, warnedAt, options, context, brake)) }
  } finally {
    memory.save()
  }
}

interface Found {
  readonly message: WaitingMessage
  readonly tellable: Tellable
}

async function sortOut(
  waiting: readonly Found[],
  warnedAt: number,
  options: VetOptions,
  context: Context,
  brake: Brake,
): Promise<Omit<MailLook, 'project'>> {
  const count = { refused: 0, unjudged: 0, 'not-looked-at': 0 }
  const usable = new Map<Found, UsableMessage>()
  const enough: VetOptions = { ...options, budget: new Budget({ verifications: 0 }) }
  for (const found of smallFirst(waiting)) {
    const { message, tellable } = found
    const vetted = await vet(message.path, usable.size < MOST_USABLE ? options : enough, context, brake)
    if (vetted.is === 'process') usable.set(found, usableOf(message.path, tellable, vetted))
    else if (tellable.arrived > warnedAt) count[vetted.is]++
  }
  return {
    usable: waiting.flatMap((found) => usable.get(found) ?? []),
    unusable: count.refused,
    unjudged: count.unjudged,
    unseen: count['not-looked-at'],
  }
}

function usableOf(path: string, tellable: Tellable, vetted: Vetted): UsableMessage {
  const conversation = vetted.header.get('CONVERSATION_ID') ?? ''
  return { path, tellable, vetted, conversation, type: vetted.header.get('MESSAGE_TYPE') ?? '' }
}

/** What a notice says of these messages, and of the others that were found. */
export async function waitingMail(
  { project, unusable, unjudged, unseen }: MailLook,
  told: readonly UsableMessage[],
  context: Context,
): Promise<WaitingMail> {
  const [first] = told
  const said = first && (await noticed(first, context))
  return { project, usable: told.length, unusable, unjudged, unseen, first: said }
}

/** Keeps the order, but puts large messages last: a huge unsigned file must not block the others. */
function smallFirst(waiting: readonly Found[]): readonly Found[] {
  const large = waiting
    .filter(({ message }) => message.size > SMALL)
    .sort((a, b) => a.message.size - b.message.size)
  return large.length === 0 ? waiting : [...waiting.filter(({ message }) => message.size <= SMALL), ...large]
}

/**
 * What a notice says about a message. It comes only from the bytes that recv would process: FROM, which is signed, or
 * else the sender in the file name (contract B66).
 */
async function noticed({ path, vetted }: UsableMessage, context: Context): Promise<NoticedMessage> {
  const { header, signers } = vetted
  const from = header.get('FROM') ?? senderInName(fileName(path), header.get('CONVERSATION_ID') ?? '')
  return {
    from: await knownOrigin(from, header.get('TO'), context),
    fingerprints: signers.map(({ primary }) => primary),
  }
}
