import type { Place } from '../mailbox/listing'
import { namesInDoneOf } from '../message/done-name'
import type { InboxReading, SeenMessage } from './reading'

/** A message that is not at its place any more. */
export interface Vanished extends SeenMessage {
  readonly place: Place
}

/**
 * Which message of an inbox came from where. A moved file stays the same file. Without hard links, a move makes another
 * file of the same name and size.
 */
export class Moves {
  readonly #before: InboxReading
  readonly #after: InboxReading
  readonly #vanished = new Map<string, Vanished>()
  #named: Map<string, Vanished> | undefined
  readonly #indexes = new Map<Place, ReadonlySet<string>>()

  constructor(before: InboxReading, after: InboxReading) {
    this.#before = before
    this.#after = after
    for (const place of ['done', 'aside', 'lying'] as const)
      for (const message of before[place].values()) {
        if (message === undefined || after[place].get(message.name)?.file === message.file) continue
        this.#vanished.set(message.file, { ...message, place: place === 'lying' ? 'inbox' : place })
      }
  }

  /** Where a message lay that has come to a place. Undefined if it is new in this inbox. */
  comesFrom(message: SeenMessage, to: Place): Place | undefined {
    const found = this.#vanished.get(message.file) ?? this.#namesake(message)
    if (found !== undefined) {
      this.#vanished.delete(found.file)
      return found.place
    }
    // During a move, the file has both names.
    const others = (['inbox', 'aside', 'done'] as const).filter((place) => place !== to)
    return others.find((place) => this.#filesIn(place).has(message.file))
  }

  /** What lies nowhere any more. Ask when all that has come is known. */
  gone(): Vanished[] {
    return [...this.#vanished.values()].filter(
      ({ place, name, file }) => place !== 'done' && !this.#isElsewhere(name, file),
    )
  }

  #namesake({ name, size }: SeenMessage): Vanished | undefined {
    if (this.#vanished.size === 0) return undefined
    if (this.#named === undefined) {
      this.#named = new Map()
      for (const vanished of this.#vanished.values())
        for (const other of namesOf(vanished.name)) this.#named.set(other, vanished)
    }
    for (const other of namesOf(name)) {
      const found = this.#named.get(other)
      if (found?.size === size && this.#vanished.has(found.file)) return found
    }
    return undefined
  }

  #filesIn(place: Place): ReadonlySet<string> {
    const known = this.#indexes.get(place)
    if (known !== undefined) return known
    const files = new Set<string>()
    for (const message of this.#before[place === 'inbox' ? 'lying' : place].values())
      if (message !== undefined) files.add(message.file)
    this.#indexes.set(place, files)
    return files
  }

  /** It was in two places, or was moved while the first look was made. */
  #isElsewhere(name: string, file: string): boolean {
    const { aside, done, lying } = this.#after
    return namesOf(name).some((other) => {
      if (done.has(other) && done.get(other) === undefined) return true
      return [lying, aside, done].some((place) => place.get(other)?.file === file)
    })
  }
}

/** The names that a message may have in any of its places. */
function namesOf(name: string): string[] {
  return [name, ...namesInDoneOf(name, 1)]
}
