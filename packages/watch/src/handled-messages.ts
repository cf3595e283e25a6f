import { isTaken } from '@cac/core/fs/durable'
import { type Identity, messageIdentities } from '@cac/core/mailbox/message-identity'

/** Above this number of paths, those without a message are forgotten. */
const MOST_PATHS = 10_000
/** The most messages of one path. A program that rewrites its own message would otherwise run for ever. */
const MOST_OF_A_PATH = 100

/** The handled messages. A path is not enough: a name may be reused within a second (contract B52). */
export class HandledMessages {
  readonly #identityOf = messageIdentities()
  readonly #handled = new Map<string, Set<string>>()
  #limit = MOST_PATHS

  /** Undefined if the message is gone. */
  identityOf(path: string): Identity | undefined {
    return this.#identityOf(path)
  }

  /** Whether the message at the path needs nothing more. True also if the path is empty. */
  has(path: string): boolean {
    const identity = this.#identityOf(path)
    const known = this.#handled.get(path)
    if (identity === undefined) return true
    return known !== undefined && (known.has(identity.message) || known.size >= MOST_OF_A_PATH)
  }

  add(path: string, identity = this.#identityOf(path)): void {
    if (identity === undefined) return
    const known = this.#handled.get(path)
    if (known !== undefined) known.add(identity.message)
    else this.#handled.set(path, new Set([identity.message]))
    this.#forgetGone()
  }

  delete(path: string, identity: Identity): void {
    this.#handled.get(path)?.delete(identity.message)
  }

  #forgetGone(): void {
    if (this.#handled.size <= this.#limit) return
    for (const path of this.#handled.keys()) if (!isTaken(path)) this.#handled.delete(path)
    this.#limit = Math.max(MOST_PATHS, 2 * this.#handled.size)
  }
}
