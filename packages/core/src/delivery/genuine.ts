import type { Brake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { takeSnapshot } from '../fs/snapshot'
import { Budget, glanceAt } from '../mailbox/glance'
import { verifyClaim } from '../mailbox/verify'
import type { Header } from '../message/header'
import { headerOfMessage } from '../message/message-head'

/** The most messages and bytes verified for one number: the user waits for it. */
const LIMITS = { verifications: 64, bytes: 64 * 1024 * 1024 }

/**
 * Returns a check of whether a trusted person signed a message that has this header (contract B65). If gpg cannot judge
 * here, the header is believed: starting again at 1 would be worse. Beyond the limits no header is believed. The
 * promises are rejected with Failure under HALT.
 */
export function genuineness(
  context: Context,
  brake: Brake,
): (path: string, header: Header) => Promise<boolean> {
  const budget = new Budget(LIMITS)
  return async (path, seen) => {
    const glance = glanceAt(path)
    if (glance === undefined || glance.isHopeless || !budget.spend(glance.size)) return false
    const bytes = bytesAt(path)
    const header = bytes && headerOfMessage(bytes)
    const conversation = header?.get('CONVERSATION_ID')
    if (bytes === undefined || header === undefined || conversation === undefined) return false
    if (conversation !== seen.get('CONVERSATION_ID') || header.get('SEQUENCE') !== seen.get('SEQUENCE'))
      return false
    const found = await verifyClaim({ path, bytes, conversation, from: header.get('FROM') }, context, brake)
    brake.check()
    return !('distrust' in found) || found.cannotJudge === true
  }
}

function bytesAt(path: string): Buffer | undefined {
  try {
    return takeSnapshot(path).bytes
  } catch {
    return undefined
  }
}
