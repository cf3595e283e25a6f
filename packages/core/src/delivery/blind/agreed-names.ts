import { claimEmpty, makeFolder, remove } from '../../fs/durable'
import type { Paths } from '../../fs/paths'
import { sweep } from '../../fs/sweep'

/** The hash that a claim is named by. */
const NAME = /^[0-9a-f]{64}$/

/**
 * The names that a send may use on a peer. Senders of this user agree on them before they push, so that no two push to
 * one name (contract B33). The sender that exclusively creates an empty file for a name here owns that name. `release`
 * removes the files made here.
 */
export class AgreedNames {
  readonly #names: readonly [string, ...string[]]
  readonly #paths: Paths
  readonly #held: string[] = []
  #place = 0

  constructor(names: readonly [string, ...string[]], paths: Paths) {
    this.#names = names
    this.#paths = paths
  }

  /** The name that we own, or the first name if we own none. */
  get name(): string {
    return this.#names[this.#place] ?? this.#names[0]
  }

  /**
   * Takes the first free name at a target. Returns false if none is free. `hasFirst`: we already own the first name.
   * `now` is in milliseconds since the epoch. Throws the system's error if the folder cannot be made.
   */
  async begin(target: string, hasFirst: boolean, now: number): Promise<boolean> {
    const { claims, home } = this.#paths
    makeFolder(claims)
    sweep({ path: claims, below: home }, { named: NAME }, now)
    return (await this.#claim(target, this.name)) || hasFirst || this.takeNext(target)
  }

  /** Takes the next free name. Returns false if none is free. */
  async takeNext(target: string): Promise<boolean> {
    for (;;) {
      const name = this.#names[++this.#place]
      if (name === undefined) return false
      if (await this.#claim(target, name)) return true
    }
  }

  /** False if another sender has it. */
  async #claim(target: string, name: string): Promise<boolean> {
    const { createHash } = await import('node:crypto')
    const path = `${this.#paths.claims}/${createHash('sha256').update(`${target}\0${name}`).digest('hex')}`
    if (!claimEmpty(path)) return false
    this.#held.push(path)
    return true
  }

  release(): void {
    for (const path of this.#held.splice(0)) remove(path)
  }
}
