import { lstatSync } from 'node:fs'
import { claimEmpty, makeFolder, remove } from '../fs/durable'
import { listNamesIfReadable } from '../fs/folder'

/** Milliseconds after which a claim is that of a sender which was killed. */
const STALE_AFTER = 24 * 60 * 60 * 1000

/**
 * Names on peers that senders of this user are about to use, so that no two of them push to one (contract B33).
 * Each is an empty file, made exclusively; `release` removes those that were made here.
 */
export class LocalClaims {
  readonly #folder: string
  readonly #held: string[] = []

  /** `now` in milliseconds since the epoch. Throws the system's error where the folder cannot be made. */
  constructor(folder: string, now: number) {
    this.#folder = folder
    makeFolder(folder)
    for (const name of listNamesIfReadable(folder)) {
      const path = `${folder}/${name}`
      const found = lstatSync(path, { throwIfNoEntry: false })
      if (found?.isFile() && now - found.mtimeMs > STALE_AFTER) remove(path)
    }
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
