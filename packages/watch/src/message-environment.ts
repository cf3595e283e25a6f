import type { Context } from '@cac/core/command/context'
import type { WaitingMessage } from '@cac/core/mailbox/mailbox'
import { headIfReadable } from '@cac/core/message/message-head'
import { PROTOCOL_FIELDS } from '@cac/core/message/protocol'

/** The header fields that a program gets. Any other field could name one of our variables. */
const TOLD = [...PROTOCOL_FIELDS, 'REQUIRES_TOOLS']

/**
 * The environment of a program that runs for a message. The header is read just before the run: another message may
 * have taken the path meanwhile (contract B52).
 */
export function environmentFor({ path, project }: WaitingMessage, { env }: Context) {
  const header = headIfReadable(path)?.header
  const told: Record<string, string | undefined> = {
    ...env,
    CROSS_AGENT_MESSAGE: path,
    CROSS_AGENT_PROJECT: project,
  }
  for (const field of TOLD) {
    // No environment can hold a NUL.
    told[`CROSS_AGENT_${field}`] = header?.get(field)?.replaceAll('\0', '')
  }
  return told
}
