import type { Brake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { fileName } from '../fs/paths'
import { decideOnFile } from '../inbox/decide'
import type { Project } from '../inbox/here'
import { allWaiting, type WaitingMessage } from '../inbox/waiting'
import { senderInName } from '../message/message-name'
import { PROTOCOL_VERSION } from '../message/protocol'
import type { WaitingMail } from './mail-notice'

/** Messages that are verified for one notice. An agent waits for it, and more would change little. */
const MOST_VERIFIED = 8

/** What waits for a project, and which of it recv would process. */
export interface MailLook extends WaitingMail {
  /** Paths of the messages that recv would process, as far as they were looked at. */
  readonly usablePaths: readonly string[]
}

/**
 * Looks at what waits for a project as recv does, but for what `isKnown` says is known already. Throws Failure under
 * HALT.
 */
export async function lookAtMail(
  { name, inboxes }: Project,
  context: Context,
  brake: Brake,
  isKnown: (path: string) => boolean = () => false,
): Promise<MailLook> {
  const waiting = inboxes.flatMap(allWaiting).filter(({ path }) => !isKnown(path))
  const usablePaths: string[] = []
  let first: WaitingMail['first']
  const verified = waiting.slice(0, MOST_VERIFIED)
  for (const message of verified) {
    const finding = await decideOnFile({ path: message.path }, SCRUTINY, context, brake)
    brake.check()
    if (finding.decision.decision !== 'process') continue
    usablePaths.push(message.path)
    first ??= {
      from: senderOf(message),
      fingerprints: finding.signers.map(({ primary }) => primary),
    }
  }
  const unusable = verified.length - usablePaths.length
  // Nothing is known of those that were not looked at: none of them may be good.
  const usable = usablePaths.length === 0 ? 0 : waiting.length - unusable
  return { project: name, usable, unusable: usable === 0 ? waiting.length : unusable, first, usablePaths }
}

const SCRUTINY = { verifies: true, findsCopies: true, protocolVersion: PROTOCOL_VERSION }

/** FROM, which is signed, else the sender in the file name. */
function senderOf({ path, header }: WaitingMessage): string | undefined {
  return header?.get('FROM') ?? senderInName(fileName(path), header?.get('CONVERSATION_ID') ?? '')
}
