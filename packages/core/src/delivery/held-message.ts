import { link, remove } from '../fs/durable'
import type { Paths } from '../fs/paths'
import { signatureName } from '../message/message-name'
import { dropEntry, entryFolder, type KeptMessage, updateRecord } from './outbox'
import { heldName, releaseRecord } from './outbox-hold'
import { type StagedEntry, stageEntry } from './stage-entry'

/**
 * A message that this process sends for the first time, in the outbox from before the first try on, so that it is not
 * lost however this process ends (contract B53). While this process lives nobody else counts or sends it.
 */
export class HeldMessage {
  readonly #staged: StagedEntry
  /** Resolves once it is on disk, or to why it cannot be brought there: the first try does not wait for that. */
  readonly flushed: Promise<string | undefined>
  readonly #paths: Paths
  #kept: Omit<KeptMessage, 'isSigned'>
  #id: string

  /** `ids` are tried one after the other. Throws the system's error and keeps nothing then. */
  constructor(kept: Omit<KeptMessage, 'isSigned'>, ids: Iterable<string>, paths: Paths) {
    this.#kept = kept
    this.#paths = paths
    this.#staged = stageEntry(kept, heldName('sending'), paths)
    try {
      this.#id = firstFree(this.#staged, ids)
      this.flushed = this.#staged.flush()
    } finally {
      this.#staged.dropUnlessPlaced()
    }
  }

  get #folder(): string {
    return entryFolder(this.#id, this.#paths)
  }

  /** Where the message is. */
  get path(): string {
    return `${this.#folder}/${this.#kept.name}`
  }

  /** Names the entry anew; false where that name is taken. */
  place(id: string): boolean {
    if (id !== this.#id && !this.#staged.place(id)) return false
    this.#id = id
    return true
  }

  /** What is known after the last try, which had that name. Where it cannot be written the entry stays as it is. */
  note({ name, tries }: Pick<KeptMessage, 'name' | 'tries'>): void {
    const before = this.#kept
    const files = [before.name, ...(before.signature === undefined ? [] : [signatureName(before.name)])]
    try {
      const isRenamed = name !== before.name && this.#giveName(files, before.name, name)
      const kept = { ...before, tries, ...(isRenamed ? { name } : {}) }
      updateRecord(this.#folder, 'sending', { ...kept, isSigned: before.signature !== undefined })
      this.#kept = kept
      if (isRenamed) for (const old of files) remove(`${this.#folder}/${old}`)
    } catch {
      // It is no reason to fail: name and tries from before will do.
    }
  }

  /** It was not sent, and anybody may do it now. Throws the system's error. */
  release(): void {
    releaseRecord(this.#folder, 'sending')
  }

  /** It has arrived. Throws the system's error. */
  drop(): void {
    this.#staged.stop()
    dropEntry(this.#id, this.#paths)
  }

  #giveName(files: readonly string[], from: string, to: string): boolean {
    return files.every((file) => {
      const path = `${this.#folder}/${file}`
      return link(path, `${this.#folder}/${to}${file.slice(from.length)}`) === 'linked'
    })
  }
}

function firstFree(staged: StagedEntry, ids: Iterable<string>): string {
  for (const id of ids) if (staged.place(id)) return id
  throw new Error('no name is free')
}
