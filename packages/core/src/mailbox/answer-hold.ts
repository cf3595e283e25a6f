import { remove } from '../fs/durable'
import { listNamesIfThere } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { ownProcess } from '../programs/process-id'
import type { Session } from '../programs/session'
import { Claims } from './claims'
import { doesCount, isWait, type TakeFile, takeFilesIn } from './take-file'
import { readTakeName, takeName, waitKeyOf } from './take-name'

import { placeTake, removeIfSame } from './write-take'

/** What a command of a session waits for. */
export interface Awaited {
  readonly session: Session
  readonly conversation: string
  /** The SHA-256 of the message that awaits the answer, where it lies in one of `inboxes`: it is for others to take. */
  readonly request: string | undefined
  /** All inboxes of the session's project, each once and at least one. */
  readonly inboxes: readonly string[]
  /** Milliseconds since the epoch, after which it holds nothing any more. */
  readonly until: number
}

/**
 * Holds a conversation for a session while one of its commands waits for an answer in it (contract C28). Other sessions
 * get none of it. It is a file beside the takes, and counts as long as this process lives.
 *
 * Why two sessions cannot both hold one: each writes first and looks then, as for a take. Of two waits, the one with the
 * higher number gives way. A message that is still being checked does not hinder: whoever checks it looks again before
 * it is theirs, and then sees this file.
 */
export class AnswerHold {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** Returns the take or wait of another session instead, if it has the conversation. Throws the system's error. */
  static begin(awaited: Awaited, now: () => number): AnswerHold | { readonly holder: string } {
    const [inbox = ''] = awaited.inboxes
    const number = place(inbox, awaited, now())
    const hold = new AnswerHold(joinPath(inbox, takeName(waitKeyOf(awaited.conversation), number)))
    const claims = new Claims(awaited.session, awaited.inboxes, now)
    const wish = { inbox, name: '', conversation: awaited.conversation }
    const isEarlier = (file: TakeFile) => file.inbox !== inbox || file.number < number
    const hindrance = claims
      .look()
      .find(
        (file) =>
          file.content?.isPending !== true &&
          claims.hinders(file, wish) &&
          (!isWait(file) || isEarlier(file)),
      )
    if (hindrance === undefined) return hold
    hold.end()
    return { holder: hindrance.content?.by ?? '' }
  }

  /** Lets the conversation go. Throws the system's error. */
  end(): void {
    remove(this.#path)
  }
}

/** Writes the file under the first number that is free. Removes those of waits that are over. */
function place(inbox: string, awaited: Awaited, now: number): number {
  const { session, conversation, request, until } = awaited
  const key = waitKeyOf(conversation)
  const { id: by, process } = session
  const worker = ownProcess()
  const content = { by, process, conversation, until, messages: [], request, isPending: false, worker }
  for (;;) {
    const names = listNamesIfThere(inbox).filter((name) => readTakeName(name)?.key === key)
    for (const file of takeFilesIn(inbox, names)) if (!doesCount(file, now)) removeIfSame(file)
    const number = Math.max(0, ...names.map((name) => readTakeName(name)?.number ?? 0)) + 1
    if (placeTake(inbox, joinPath(inbox, takeName(key, number)), content)) return number
  }
}
