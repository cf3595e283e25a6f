import { listNamesIfReadable } from '../fs/folder'
import type { ProcessId } from '../programs/process-id'
import { isSameSession, type Session } from '../programs/session'
import { isRequest } from './request'
import { doesCount, isWait, takeFilesIn } from './take-file'
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

/** A command of a session waits for an answer in a conversation (contract C28). */
export interface Wait {
  readonly conversation: string
  /** The session's id, as in a take. */
  readonly by: string
  readonly process: ProcessId | undefined
  /** The SHA-256 of the message that awaits the answer, where it lies among what the same sessions read. */
  readonly request: string | undefined
}

/** The waits that count in an inbox. `now` in milliseconds since the epoch. */
export function waitsIn(inbox: string, now: number, names = listNamesIfReadable(inbox)): Wait[] {
  if (!haveTakes(names)) return []
  return takeFilesIn(inbox, names)
    .filter((file) => isWait(file) && doesCount(file, now))
    .flatMap(({ content }) => {
      if (content?.conversation === undefined) return []
      const { conversation, by, process, request } = content
      return [{ conversation, by, process, request }]
    })
}

/**
 * Whether nobody is to be told of a message, because a command waits for an answer in its conversation and shows it. The
 * message that awaits the answer is for all but that command's session.
 */
export function isAwaited(
  { path, conversation }: { readonly path: string; readonly conversation: string | undefined },
  waits: readonly Wait[],
  own: readonly Session[],
): boolean {
  return waits.some((wait) => {
    if (wait.conversation !== conversation) return false
    const isOwn = own.some((session) => isSameSession({ id: wait.by, process: wait.process }, session))
    return isOwn || !isRequest(path, wait.request)
  })
}
