import { type Peer, rsyncTarget } from '../peers/peers-file'

/** Paths that every login shell reads literally (contract B49); a leading `~` is the home folder. */
const PLAIN = /^(?:~\/)?[A-Za-z0-9 _./:@%+=,-]*$/
/** What rsync says if nothing expanded the `~` of a path. */
const UNEXPANDED = /"(?:[^"]*\/)?~\/[^"]*" failed: no such file|^exit 11\b/i
/** The usual rsync gate's error for the environment below: no shell reads the path behind that gate. */
const NOT_SECLUDED = /rrsync error: option -s has been disabled/

/** A folder on a peer, in the form passed to rsync. */
export class RsyncTarget {
  readonly #peer: string
  readonly #folder: string
  #isSecluded: boolean
  /** Without `~/`: rsync starts in the login folder, usually the home folder. */
  #isBare: boolean

  constructor(peer: Peer, folder: string) {
    this.#peer = rsyncTarget(peer)
    this.#folder = folder
    this.#isSecluded = !PLAIN.test(folder)
    this.#isBare = this.#isSecluded
  }

  /** Ends with a slash. `whole` is the path that the peer reported, if any. */
  text(whole: string | undefined): string {
    if (this.#isSecluded && whole !== undefined) return `${this.#peer}:${whole}/`
    const folder = this.#isBare ? this.#folder.replace(/^~\//, '') : this.#folder
    return `${this.#peer}:${folder}/`
  }

  /** Makes rsync pass the folder directly to the peer's rsync: a login shell would interpret it. */
  get env(): Readonly<Record<string, string>> {
    return this.#isSecluded ? { RSYNC_PROTECT_ARGS: '1', RSYNC_OLD_ARGS: '0' } : {}
  }

  /** Whether a push that failed with these words is worth another try, because the folder is now named differently. */
  changeAfter(words: string): boolean {
    if (this.#isSecluded && NOT_SECLUDED.test(words)) {
      this.#isSecluded = false
      return true
    }
    if (this.#isBare || !this.#folder.startsWith('~/') || !UNEXPANDED.test(words)) return false
    this.#isBare = true
    return true
  }
}
