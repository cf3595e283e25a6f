import { NO_BRAKE } from '../brake/run-brake'
import type { Context } from '../command/context'
import { takeSnapshot } from '../fs/snapshot'
import { bodyOf } from '../message/body'
import type { Header } from '../message/header'
import { headerOfMessage } from '../message/message-head'
import { PROTOCOL_VERSION } from '../message/protocol'
import type { Signer } from '../message/signing'
import { mapParallel } from '../programs/parallel'
import type { Inbox } from '../project/projects'
import { bareReason } from './bare-reason'
import { decideOnFile } from './decide'
import { Budget, glanceAt, identityAt } from './glance'
import { makeJudge } from './judge'
import { readEveryMessage, type ThreadMessage } from './thread'
import type { VerdictStore } from './verdict-store'

/** What may be shown of a message: all of one that recv would process, of the others no text (contract C32). */
export type Shown =
  | {
      readonly is: 'accepted'
      /** Of the bytes that were verified (contract B66). */
      readonly header: Header
      readonly body: string
      readonly signers: readonly Signer[]
    }
  | { readonly is: 'refused'; readonly reason: string }
  | { readonly is: 'not-checked' }

/** A message, and what may be shown of it. */
export interface ArchivedMessage {
  readonly message: ThreadMessage
  readonly shown: Shown
}

/** The most messages that are verified anew, and how many at a time. A count: the clock would decide otherwise each time. */
const MOST = 100
const AT_ONCE = 4
/** The checks of recv, but for copies: a message in `done/` is a copy of nothing. */
const SCRUTINY = { verifies: true, findsCopies: false, protocolVersion: PROTOCOL_VERSION }

/**
 * All messages in these inboxes with their states, oldest first. The latest are verified first. What is known from
 * before costs nothing, so each further call knows more.
 */
export async function readArchive(
  inboxes: readonly Inbox[],
  verdicts: VerdictStore,
  context: Context,
): Promise<ArchivedMessage[]> {
  const messages = await readEveryMessage(inboxes, makeJudge(context, NO_BRAKE))
  const budget = new Budget({ verifications: MOST })
  const found = await mapParallel(messages.toReversed(), AT_ONCE, async (message) => ({
    message,
    shown: await shownOf(message, budget, verdicts, context),
  }))
  return found.reverse()
}

async function shownOf(
  { path, header }: ThreadMessage,
  budget: Budget,
  verdicts: VerdictStore,
  context: Context,
): Promise<Shown> {
  const glance = glanceAt(path)
  if (glance === undefined) return { is: 'refused', reason: 'it has vanished' }
  const { identity, isHopeless, size } = glance
  const known = verdicts.get(identity)
  if (known !== undefined && 'reason' in known) return { is: 'refused', reason: known.reason }
  if (known !== undefined) {
    const bytes = bytesAt(path)
    const verified = bytes && headerOfMessage(bytes)
    // Other bytes than those that were verified.
    if (bytes === undefined || verified === undefined || identityAt(path) !== identity)
      return { is: 'not-checked' }
    return { is: 'accepted', header: verified, body: bodyOf(bytes.toString()), signers: known.signers }
  }
  // What is surely refused costs no gpg.
  if (!isHopeless && !budget.spend(size)) return { is: 'not-checked' }
  const {
    decision,
    header: found,
    bytes,
    signers,
  } = await decideOnFile({ path }, SCRUTINY, context, NO_BRAKE)
  const isSame = identityAt(path) === identity
  if (decision.decision === 'process' && bytes !== undefined) {
    if (isSame) verdicts.add(identity, { signers })
    return { is: 'accepted', header: found, body: bodyOf(bytes.toString()), signers }
  }
  if (decision.cannotJudge) return { is: 'not-checked' }
  const reason = bareReason(decision.reason ?? decision.decision, header.values())
  // A missing tool may come; a signature and a header do not.
  if (isSame && decision.decision === 'reject') verdicts.add(identity, { reason })
  return { is: 'refused', reason }
}

function bytesAt(path: string): Buffer | undefined {
  try {
    return takeSnapshot(path).bytes
  } catch {
    return undefined
  }
}
