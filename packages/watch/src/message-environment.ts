import type { Context } from '@cac/core/command/context'
import type { WaitingMessage } from '@cac/core/mailbox/mailbox'
import { headIfReadable } from '@cac/core/message/message-head'
import { PROTOCOL_FIELDS } from '@cac/core/message/protocol'

/** The fields of a header that a program is told of; any other could name a variable of ours. */
const TOLD = [...PROTOCOL_FIELDS, 'REQUIRES_TOOLS']

/**
 * The environment of a program that is run for a message. Its header is read just before: another message may have got
 * the path since it was found there (contract B52).
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
