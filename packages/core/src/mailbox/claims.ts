import { remove } from '../fs/durable'
import { listNamesIfThere } from '../fs/folder'
import { joinPath } from '../fs/paths'
import { ownProcess, type ProcessId } from '../programs/process-id'
import { isSameSession, type Session } from '../programs/session'
import { isRequest } from './request'
import { doesCount, type Held, isWait, type TakeContent, type TakeFile, takeFilesIn } from './take-file'
import { keyOf, readTakeName, takeName, waitKeyOf } from './take-name'

import { placeTake, removeIfSame, takePath } from './write-take'

/** What a session wants: a message, and with it its conversation, unless recv would not process the message. */
export interface Wish {
  readonly inbox: string
  readonly name: string
  readonly conversation: string | undefined
}

/** A take after its message was checked. */
export interface Settled {
  /** Milliseconds since the epoch. */
  readonly since: number
  /** False if this session had it already. */
  readonly isNew: boolean
}

/** Milliseconds for the check of a message: gpg may wait for a person. */
const LONGEST_CHECK = 15 * 60 * 1000
/** A file that changes its number during one look may escape that look, but not the next one too. */
const LOOKS = 2
/** How often to end a take that others keep writing anew. */
const MOST_TRIES = 100

/**
 * The takes in the inboxes of a project, as one command of a session sees and changes them (contract C21). Throws the
 * system's error; then it has taken nothing.
 *
 * Why one message has one taker: each writes first and looks then. Of two that want the same, the one that looks later
 * sees the other's file and gives way. Both may give way; then both try again. Of many that want one number, which is
 * usual, only one can write.
 */
export class Claims {
  readonly session: Session
  readonly #inboxes: readonly string[]
  readonly #now: () => number
  readonly #worker: ProcessId | undefined = ownProcess()
  /** The pending takes of this command. */
  readonly #pending = new Set<string>()
  /** The takes that a release has ended. */
  readonly #ended = new Set<string>()

  /** Each inbox once; `now` in milliseconds since the epoch. */
  constructor(session: Session, inboxes: readonly string[], now: () => number) {
    this.session = session
    this.#inboxes = inboxes
    this.#now = now
  }

  /** The takes that count in one inbox, or in all. `names` are all in that inbox. */
  look(): TakeFile[]
  look(inbox: string, names: readonly string[]): TakeFile[]
  look(inbox?: string, names: readonly string[] = []): TakeFile[] {
    if (inbox === undefined)
      return this.#inboxes.flatMap((folder) => this.look(folder, listNamesIfThere(folder)))
    const now = this.#now()
    const there = new Set(names)
    return takeFilesIn(inbox, names).filter((file) => {
      const isHeld = isWait(file) || (file.content?.messages.some(({ name }) => there.has(name)) ?? true)
      return isHeld && !this.#ended.has(takePath(file)) && doesCount(file, now)
    })
  }

  /** From now on this take does not count, because a release has answered what it holds. */
  end(file: TakeFile): void {
    this.#ended.add(takePath(file))
  }

  /** Whether this session has what the take holds. */
  isOwn({ content }: TakeFile): boolean {
    return content !== undefined && !content.isPending && this.#isOurs(content)
  }

  /** Whether a take keeps this command from a message. */
  hinders(file: TakeFile, { inbox, name, conversation }: Wish): boolean {
    const { content } = file
    if (this.#pending.has(takePath(file)) || this.#ended.has(takePath(file)) || this.isOwn(file)) return false
    if (content === undefined) {
      const keys = [keyOf(name, undefined), keyOf(name, conversation), waitKeyOf(conversation ?? '')]
      return file.inbox === inbox && keys.includes(file.key)
    }
    if (conversation !== undefined && content.conversation === conversation)
      return !isRequest(joinPath(inbox, name), content.request)
    return file.inbox === inbox && content.messages.some((held) => held.name === name)
  }

  /**
   * Holds a message while it is checked, unless this session has its conversation already. `names` are all in its
   * inbox. False if another one was faster.
   */
  begin(wish: Wish, names: readonly string[]): boolean {
    const { inbox, conversation, name } = wish
    const hasConversation = ({ content }: TakeFile) =>
      conversation !== undefined && content?.conversation === conversation
    if (this.look(inbox, names).some((file) => this.isOwn(file) && hasConversation(file))) return true
    const now = this.#now()
    const messages = [{ name, sha256: undefined, since: now }]
    const content = this.#contentFor(wish, { messages, until: now + LONGEST_CHECK, isPending: true })
    return this.#write(wish, names, () => content)
  }

  /**
   * Takes a message that was checked, or renews its take. A wish without a conversation holds this message alone.
   * Undefined if another one was faster. `until` in milliseconds since the epoch, as `since` in the result.
   */
  settle(wish: Wish, sha256: string | undefined, until: number): Settled | undefined {
    const names = listNamesIfThere(wish.inbox)
    const own = this.look(wish.inbox, names).filter((file) => this.isOwn(file) && !isWait(file))
    const known = own.flatMap(({ content }) => content?.messages ?? [])
    const earlier = known.find(({ name }) => name === wish.name)
    const since = earlier?.since ?? this.#now()
    const message: Held = { name: wish.name, sha256, since }
    const isWritten = this.#write(wish, names, (before) => {
      const others = before?.content?.messages.filter(({ name }) => name !== wish.name) ?? []
      return this.#contentFor(wish, { messages: [...others, message], until, isPending: false })
    })
    if (!isWritten) return undefined
    this.abandon()
    const key = keyOf(wish.name, wish.conversation)
    for (const file of own) if (file.key !== key) this.#drop(file, wish.name)
    return { since, isNew: earlier === undefined }
  }

  /** Gives up what is not checked yet. */
  abandon(): void {
    for (const path of this.#pending) remove(path)
    this.#pending.clear()
  }

  /** Ends this session's take of a message. False if it has none. */
  giveBack(inbox: string, name: string): boolean {
    return this.#dropAll(inbox, name, (file) => this.isOwn(file))
  }

  /** Ends every take of a message that has left the inbox. */
  leave(inbox: string, name: string): void {
    this.#dropAll(inbox, name, ({ content }) => content?.isPending === false)
  }

  /** What this session last noted of a message, also if that take is over. */
  noted(inbox: string, name: string): Held | undefined {
    const messages = this.#own(inbox).flatMap(({ content }) => content?.messages ?? [])
    return messages.find((held) => held.name === name)
  }

  /** This session's files, whether they count or not. */
  #own(inbox: string): TakeFile[] {
    return takeFilesIn(inbox, listNamesIfThere(inbox)).filter((file) => this.isOwn(file))
  }

  #dropAll(inbox: string, name: string, isMeant: (file: TakeFile) => boolean): boolean {
    for (let count = 0; ; count++) {
      const files = takeFilesIn(inbox, listNamesIfThere(inbox))
      const holds = ({ content }: TakeFile) => content?.messages.some((held) => held.name === name)
      const file = files.find((found) => isMeant(found) && holds(found))
      if (file === undefined || count === MOST_TRIES) return count > 0
      this.#drop(file, name)
    }
  }

  #drop(file: TakeFile, name: string): void {
    const { content } = file
    const messages = content?.messages.filter((held) => held.name !== name) ?? []
    if (content !== undefined && messages.length > 0) {
      const next = joinPath(file.inbox, takeName(file.key, file.number + 1))
      placeTake(file.inbox, next, { ...content, messages })
    }
    removeIfSame(file)
  }

  /** `names` are all in the inbox. What another one wrote since has the same number: then this fails. */
  #write(wish: Wish, names: readonly string[], make: (before: TakeFile | undefined) => TakeContent): boolean {
    const key = keyOf(wish.name, wish.conversation)
    const same = names.filter((name) => readTakeName(name)?.key === key)
    const before = takeFilesIn(wish.inbox, same).sort((a, b) => b.number - a.number)
    let number = (before[0]?.number ?? 0) + 1
    // A link or another user's file may have the name: it is no take, but stays.
    while (same.includes(takeName(key, number))) number++
    const path = joinPath(wish.inbox, takeName(key, number))
    const content = make(before.find((file) => this.isOwn(file) && doesCount(file, this.#now())))
    if (!placeTake(wish.inbox, path, content)) return false
    if (content.isPending) this.#pending.add(path)
    for (let look = 0; look < LOOKS; look++) {
      if (!this.look().some((file) => takePath(file) !== path && this.hinders(file, wish))) continue
      this.#pending.delete(path)
      remove(path)
      return false
    }
    for (const file of before) {
      this.#pending.delete(takePath(file))
      removeIfSame(file)
    }
    return true
  }

  #contentFor(
    { conversation }: Wish,
    rest: Pick<TakeContent, 'messages' | 'until' | 'isPending'>,
  ): TakeContent {
    const { id: by, process } = this.session
    return { by, process, conversation, ...rest, worker: rest.isPending ? this.#worker : undefined }
  }

  #isOurs({ by, process }: TakeContent): boolean {
    return isSameSession({ id: by, process }, this.session)
  }
}
