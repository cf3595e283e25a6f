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

/** Most usable messages that one notice looks for. More would change little. */
const MOST_USABLE = 8
/** How much a hook examines while an agent waits: once for messages, once for releases (contract B65). */
const WHILE_AGENT_WAITS: Limits = { verifications: 16, bytes: 16 * 1024 * 1024 }
/** Bytes. Larger messages are examined after all others. */
const SMALL = 256 * 1024

const SCRUTINY = { verifies: true, findsCopies: true, protocolVersion: PROTOCOL_VERSION }

/** What waits for a project, and which messages recv would process. */
export interface MailLook extends WaitingMail {
  /** Paths of the examined messages that recv would process. */
  readonly usablePaths: readonly string[]
}

/** How much to examine. */
export interface LookOptions {
  /** Messages that are known already are left out. */
  readonly isKnown?: (path: string) => boolean
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
  { isKnown = () => false, isPatient = false, verdicts }: LookOptions = {},
): Promise<MailLook> {
  const limits = isPatient ? {} : WHILE_AGENT_WAITS
  const stamp = trustStamp(context)
  const memory = new MailMemory(context.paths.mailMemory, stamp, context.now())
  try {
    const judge = makeJudge(context, brake, { limits, verdicts, memory })
    const waiting = (await new Mailbox(inboxes).waiting(judge)).filter(({ path }) => !isKnown(path))
    const options = { scrutiny: SCRUTINY, budget: new Budget(limits), verdicts, stamp, memory }
    return { project: name, ...(await sortOut(waiting, options, context, brake)) }
  } finally {
    memory.save()
  }
}

async function sortOut(
  waiting: readonly WaitingMessage[],
  options: VetOptions,
  context: Context,
  brake: Brake,
): Promise<Omit<MailLook, 'project'>> {
  const count = { process: 0, refused: 0, unjudged: 0, 'not-looked-at': 0 }
  const usable = new Map<WaitingMessage, Vetted>()
  const enough: VetOptions = { ...options, budget: new Budget({ verifications: 0 }) }
  for (const message of smallFirst(waiting)) {
    const found = await vet(message.path, usable.size < MOST_USABLE ? options : enough, context, brake)
    count[found.is]++
    if (found.is === 'process') usable.set(message, found)
  }
  const inOrder = waiting.filter((message) => usable.has(message))
  const [first] = inOrder
  return {
    usable: count.process,
    unusable: count.refused,
    unjudged: count.unjudged,
    unseen: count['not-looked-at'],
    first: first && (await noticed(first.path, usable.get(first), context)),
    usablePaths: inOrder.map(({ path }) => path),
  }
}

/** Keeps the order, but puts large messages last: a huge unsigned file must not block the others. */
function smallFirst(waiting: readonly WaitingMessage[]): readonly WaitingMessage[] {
  const large = waiting.filter(({ size }) => size > SMALL).sort((a, b) => a.size - b.size)
  return large.length === 0 ? waiting : [...waiting.filter(({ size }) => size <= SMALL), ...large]
}

/**
 * What a notice says about a message. It comes only from the bytes that recv would process: FROM, which is signed, or
 * else the sender in the file name (contract B66).
 */
async function noticed(
  path: string,
  vetted: Vetted | undefined,
  context: Context,
): Promise<NoticedMessage | undefined> {
  if (vetted?.is !== 'process') return undefined
  const { header, signers } = vetted
  const from = header.get('FROM') ?? senderInName(fileName(path), header.get('CONVERSATION_ID') ?? '')
  return {
    from: await knownOrigin(from, context),
    fingerprints: signers.map(({ primary }) => primary),
  }
}
