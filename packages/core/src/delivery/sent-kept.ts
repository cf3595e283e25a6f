import type { Paths } from '../fs/paths'
import { headIfReadable } from '../message/message-head'
import { secondInName, senderInName } from '../message/message-name'
import { entryFolder, listEntries } from './outbox'
import type { Sent } from './sent-message'

/** What a sender sent and is kept here, since the last try (contract C2); `now` in milliseconds. */
export function keptFrom(sender: string, paths: Paths, now: number): Sent[] {
  return listEntries(paths, now).flatMap(({ id, heldFor, record }) => {
    if (record === undefined || heldFor === 'sending') return []
    const { name, destination, tries } = record
    const header = headIfReadable(`${entryFolder(id, paths)}/${name}`)?.header
    const conversation = header?.get('CONVERSATION_ID') ?? ''
    if (senderInName(name, conversation) !== sender) return []
    const last = Date.parse(tries.at(-1)?.time ?? '')
    return [
      {
        to: destination,
        name,
        conversation,
        sequence: header?.get('SEQUENCE') ?? '',
        title: header?.get('TITLE') ?? '',
        stage: 'kept here' as const,
        since: Number.isNaN(last) ? secondInName(name) : last,
        identity: name,
      },
    ]
  })
}
