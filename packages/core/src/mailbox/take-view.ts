import type { Claims, Wish } from './claims'
import type { FoundEntry } from './entry'
import type { Judge } from './judge'
import type { Mailbox, WaitingMessage } from './mailbox'
import type { Sieve } from './next-message'
import { isWait, type TakeFile } from './take-file'

/** One look at the inboxes and the takes in them: which message a session may have. */
export class TakeView {
  /** Whether a message was passed over only because another command still checks one. */
  isUnsettled = false
  readonly #mailbox: Mailbox
  readonly #claims: Claims
  readonly #judge: Judge
  #files: readonly TakeFile[] | undefined

  constructor(mailbox: Mailbox, claims: Claims, judge: Judge) {
    this.#mailbox = mailbox
    this.#claims = claims
    this.#judge = judge
  }

  /** The first message that this session has. A take is ended if all that it holds is released. */
  async firstOwn(): Promise<WaitingMessage | undefined> {
    const own = this.#all().filter((file) => this.#claims.isOwn(file))
    if (own.length === 0) return undefined
    const found = await this.#firstHeld(own)
    if (found === undefined)
      for (const { inbox, content } of own)
        for (const { name } of content?.messages ?? []) this.#claims.giveBack(inbox, name)
    return found
  }

  firstFree(): Promise<WaitingMessage | undefined> {
    if (this.#all().length === 0) return this.#mailbox.first(this.#judge)
    return this.#mailbox.first(this.#judge, ({ folder }) => this.#sieve(folder))
  }

  /** One message, if it waits. */
  only(inbox: string, name: string): Promise<WaitingMessage | undefined> {
    return this.#mailbox.first(this.#judge, ({ folder }) => ({
      admits: (other) => folder === inbox && other === name,
      isFree: () => true,
    }))
  }

  /** `conversation` as in a wish: undefined for the message alone. */
  hindranceOf({ folder, name }: WaitingMessage, conversation?: string): Promise<TakeFile | undefined> {
    return this.#hindrance({ inbox: folder, name, conversation })
  }

  #sieve(inbox: string): Sieve {
    const held = this.#heldElsewhere(inbox)
    return {
      admits: (name) => {
        const file = held.get(name)
        if (file !== undefined) this.#note(file)
        return file === undefined
      },
      isFree: async ({ name, conversation }: FoundEntry) =>
        (await this.#hindrance({ inbox, name, conversation })) === undefined,
    }
  }

  #heldElsewhere(inbox: string): Map<string, TakeFile> {
    const files = this.#all().filter((file) => file.inbox === inbox && !this.#claims.isOwn(file))
    return new Map(
      files.flatMap((file) => (file.content?.messages ?? []).map(({ name }) => [name, file] as const)),
    )
  }

  /** The take that keeps this session from a message. One whose messages are all released does not. */
  async #hindrance(wish: Wish): Promise<TakeFile | undefined> {
    for (const file of this.#all()) {
      if (!this.#claims.hinders(file, wish)) continue
      const isOver =
        !isWait(file) && file.content?.isPending === false && (await this.#firstHeld([file])) === undefined
      if (isOver) this.#claims.end(file)
      else {
        this.#note(file)
        return file
      }
    }
    return undefined
  }

  #note({ content }: TakeFile): void {
    this.isUnsettled ||= content?.isPending ?? true
  }

  /** The first waiting message that one of these takes holds. */
  #firstHeld(files: readonly TakeFile[]): Promise<WaitingMessage | undefined> {
    const held = (inbox: string) =>
      new Set(
        files
          .flatMap((file) => (file.inbox === inbox ? (file.content?.messages ?? []) : []))
          .map(({ name }) => name),
      )
    return this.#mailbox.first(this.#judge, ({ folder }) => {
      const names = held(folder)
      return { admits: (name) => names.has(name), isFree: () => true }
    })
  }

  #all(): readonly TakeFile[] {
    this.#files ??= this.#mailbox.inboxes.flatMap(({ folder }) =>
      this.#claims.look(folder, this.#mailbox.namesIn(folder)),
    )
    return this.#files
  }
}

/** The conversation that a message's unverified header names; undefined if the header is not whole. */
export function conversationOf({ isWhole, header }: WaitingMessage): string | undefined {
  return isWhole ? header?.get('CONVERSATION_ID') : undefined
}
