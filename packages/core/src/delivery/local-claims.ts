import { claimEmpty, makeFolder, remove } from '../fs/durable'
import type { Paths } from '../fs/paths'
import { sweep } from '../fs/sweep'

/** The hash that a claim is named by. */
const NAME = /^[0-9a-f]{64}$/

/**
 * Names on peers that senders of this user are about to use, so that no two of them push to one (contract B33).
 * Each is an empty file, made exclusively; `release` removes those that were made here.
 */
export class LocalClaims {
  readonly #folder: string
  readonly #held: string[] = []

  /** `now` in milliseconds since the epoch. Throws the system's error where the folder cannot be made. */
  constructor({ claims, home }: Paths, now: number) {
    this.#folder = claims
    makeFolder(claims)
    sweep({ path: claims, below: home }, { named: NAME }, now)
  }

  /** Takes a name at a target; false if another sender has it. */
  async claim(target: string, name: string): Promise<boolean> {
    const { createHash } = await import('node:crypto')
    const path = `${this.#folder}/${createHash('sha256').update(`${target}\0${name}`).digest('hex')}`
    if (!claimEmpty(path)) return false
    this.#held.push(path)
    return true
  }

  release(): void {
    for (const path of this.#held.splice(0)) remove(path)
  }
}
