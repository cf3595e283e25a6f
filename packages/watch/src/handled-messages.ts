import { isTaken } from '@cac/core/fs/durable'
import { type Identity, messageIdentities } from '@cac/core/mailbox/message-identity'

/** Paths from which on those are forgotten at which nothing lies any more. */
const MOST_PATHS = 10_000
/** Messages of one path, after which none is new: a program that writes its message anew would never end. */
const MOST_OF_A_PATH = 100

/** For which messages something was done. A path is not enough: names are used again within a second (contract B52). */
export class HandledMessages {
  readonly #identityOf = messageIdentities()
  readonly #handled = new Map<string, Set<string>>()
  #limit = MOST_PATHS

  /** Undefined where no message lies there any more. */
  identityOf(path: string): Identity | undefined {
    return this.#identityOf(path)
  }

  /** Whether nothing is to be done for what lies at the path: also where nothing does. */
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
