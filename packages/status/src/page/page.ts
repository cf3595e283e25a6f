import type { Halt } from '@cac/core/brake/halt'
import type { ArchivedMessage, Shown } from '@cac/core/mailbox/archive'
import { forksIn, type Gap, gapsIn, type ThreadMessage } from '@cac/core/mailbox/thread'
import { compareText } from '@cac/core/text/python-text'

/** A message that is kept here until it can be sent. */
export interface Kept {
  readonly destination: string
  readonly name: string
  /** When it was tried last, as it was noted. */
  readonly lastTry: string
}

/** All that a page shows. */
export interface PageContent {
  readonly machine: string
  /** The project that it is about; undefined for all. */
  readonly project: string | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly halt: Halt
  readonly archive: readonly ArchivedMessage[]
  readonly kept: readonly Kept[]
  /** Seconds after which an open page loads itself again; undefined if nobody writes it anew. */
  readonly renewal: number | undefined
}

export interface Accepted {
  readonly message: ThreadMessage
  readonly shown: Extract<Shown, { is: 'accepted' }>
}

/** A conversation, with its accepted messages. */
export interface Conversation {
  readonly name: string
  readonly messages: readonly Accepted[]
  readonly gaps: readonly Gap[]
  readonly forks: readonly bigint[]
}

/** The accepted messages by conversation. The one that was written to last comes first. */
export function conversationsIn(archive: readonly ArchivedMessage[]): Conversation[] {
  const groups = new Map<string, Accepted[]>()
  for (const { message, shown } of archive) {
    if (shown.is !== 'accepted') continue
    const name = shown.header.get('CONVERSATION_ID') ?? ''
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [{ message, shown }])
    else group.push({ message, shown })
  }
  const last = ({ messages }: Conversation) => messages.at(-1)?.message.moment ?? 0
  return [...groups]
    .map(([name, messages]) => {
      const all = messages.map(({ message }) => message)
      return { name, messages, gaps: gapsIn(all), forks: forksIn(all).map(({ sequence }) => sequence) }
    })
    .sort((a, b) => last(b) - last(a) || compareText(a.name, b.name))
}
