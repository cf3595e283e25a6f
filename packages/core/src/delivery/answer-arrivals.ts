import { surelyHoldsBytes } from '../fs/files'
import { listNamesIfReadable } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { identityAt } from '../mailbox/glance'
import { messageIdentities } from '../mailbox/message-identity'
import { inOrder } from '../mailbox/next-message'
import { mayBelongTo } from '../message/done-name'
import type { Header } from '../message/header'
import { headIfReadable } from '../message/message-head'
import { isStamped, isVisibleMessage } from '../message/message-name'
import type { Inbox } from '../project/projects'

/** A message that has come and, by its header, may be the answer. */
export interface Candidate {
  readonly folder: string
  readonly name: string
  readonly path: string
  /** Milliseconds since the epoch. */
  readonly modified: number
  /** Changes with the bytes of the message or its signature. */
  readonly identity: string
}

/** How a message answers, by its path and its header. */
type Test = (path: string, header: Header) => 'by-name' | 'in-turn' | undefined

/**
 * What comes into some inboxes after a moment (contract C28). What lay there before is no answer, nor is a copy of it or
 * of the message that awaits the answer.
 */
export class AnswerArrivals {
  readonly #conversation: string
  readonly #own: Buffer
  readonly #names = new Map<string, ReadonlySet<string>>()
  readonly #contents = new Set<string>()
  readonly #identify = messageIdentities()
  /** By path: what was looked at and is no answer. */
  readonly #dismissed = new Map<string, string>()

  /** Looks at what is there now. `own` is the message that awaits the answer. */
  constructor(inboxes: readonly Inbox[], conversation: string, own: Buffer) {
    this.#conversation = conversation
    this.#own = own
    for (const { folder } of inboxes) {
      const names = messagesIn(folder)
      this.#names.set(folder, new Set(names))
      for (const name of names) {
        if (!this.#mayFit(name)) continue
        const path = joinPath(folder, name)
        if (headIfReadable(path)?.header?.get('CONVERSATION_ID') !== conversation) continue
        const content = this.#identify(path)?.message
        if (content !== undefined) this.#contents.add(content)
      }
    }
  }

  /** Those that may answer and were not dismissed: first those that name our message, then in the order to handle them. */
  candidates(inboxes: readonly Inbox[], test: Test): Candidate[] {
    const found = inboxes.flatMap(({ folder }) =>
      messagesIn(folder)
        .filter((name) => this.#isNew(folder, name))
        .flatMap((name) => this.#candidate(folder, name, test) ?? []),
    )
    const byName = found.filter(({ way }) => way === 'by-name')
    return [...inOrder(byName), ...inOrder(found.filter(({ way }) => way === 'in-turn'))]
  }

  /** It is no answer, unless it or its signature changes. */
  dismiss({ path, identity }: Candidate): void {
    this.#dismissed.set(path, identity)
  }

  /** A name that was there may be another message's by now (contract B52), if it fits the conversation. */
  #isNew(folder: string, name: string): boolean {
    return !this.#names.get(folder)?.has(name) || this.#mayFit(name)
  }

  #candidate(folder: string, name: string, test: Test): (Candidate & { way: string }) | undefined {
    const path = joinPath(folder, name)
    const identity = identityAt(path)
    if (identity === undefined || this.#dismissed.get(path) === identity) return undefined
    const head = headIfReadable(path)
    const way = head?.header && test(path, head.header)
    const candidate = { folder, name, path, identity, modified: head?.stats.mtimeMs ?? 0 }
    if (way !== undefined && !this.#isKnown(path)) return { ...candidate, way }
    this.dismiss(candidate)
    return undefined
  }

  #isKnown(path: string): boolean {
    return this.#contents.has(this.#identify(path)?.message ?? '') || surelyHoldsBytes(path, this.#own)
  }

  #mayFit(name: string): boolean {
    return isStamped(name) && mayBelongTo(name, this.#conversation)
  }
}

function messagesIn(folder: string): string[] {
  return listNamesIfReadable(folder).filter(isVisibleMessage)
}
