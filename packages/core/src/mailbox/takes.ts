import { listNamesIfReadable } from '../fs/folder'
import type { ProcessId } from '../programs/process-id'
import { isSameSession, type Session } from '../programs/session'
import { doesCount, takeFilesIn } from './take-file'
import { haveTakes } from './take-name'

/** A message that a session has taken (contract C21). */
export interface Take {
  readonly inbox: string
  /** The message's file name. */
  readonly name: string
  /** While it is taken, no other session gets a message of this conversation. Undefined: it holds only this message. */
  readonly conversation: string | undefined
  /** The session's id. Escape it: somebody else chose it. */
  readonly by: string
  /** Milliseconds since the epoch, also `until`. */
  readonly since: number
  readonly until: number
  /** The take ends with this process. */
  readonly process: ProcessId | undefined
}

/**
 * The takes that count in an inbox. `now` in milliseconds since the epoch; `names` are all in the inbox. A take whose
 * message has left the inbox is over. That a message is released, see for yourself.
 */
export function takesIn(
  inbox: string,
  now: number,
  names: readonly string[] = listNamesIfReadable(inbox),
): Take[] {
  if (!haveTakes(names)) return []
  const there = new Set(names)
  const files = takeFilesIn(inbox, names).filter((file) => doesCount(file, now))
  const takes = new Map<string, Take>()
  // A renewed take has two files for a moment: the higher number says more.
  for (const { content } of files.sort((a, b) => a.number - b.number)) {
    // One that is still being checked is nobody's yet.
    if (content === undefined || content.isPending) continue
    const { by, process, conversation, until } = content
    for (const { name, since } of content.messages)
      if (there.has(name)) takes.set(name, { inbox, name, conversation, by, since, until, process })
  }
  return [...takes.values()]
}

/** Whether a session has taken that message. */
export function isTakenBy({ by, process }: Take, session: Session): boolean {
  return isSameSession({ id: by, process }, session)
}
