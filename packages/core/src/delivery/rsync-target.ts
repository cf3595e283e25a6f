import { type Peer, rsyncTarget } from '../peers/peers-file'

/** What every login shell reads as it stands (contract B49); `~` at the beginning is the home folder. */
const PLAIN = /^(?:~\/)?[A-Za-z0-9 _./:@%+=,-]*$/
/** What rsync says where nobody has expanded the `~` of a path. */
const UNEXPANDED = /"(?:[^"]*\/)?~\/[^"]*" failed: no such file|^exit 11\b/i
/** What the usual gate for rsync says of the environment below: behind it no shell reads the path. */
const NOT_SECLUDED = /rrsync error: option -s has been disabled/

/** A folder on a peer, as rsync is told of it. */
export class RsyncTarget {
  readonly #peer: string
  readonly #folder: string
  #isSecluded: boolean
  /** Without `~/`: rsync begins in the folder that one logs in to, mostly the home folder. */
  #isBare: boolean

  constructor(peer: Peer, folder: string) {
    this.#peer = rsyncTarget(peer)
    this.#folder = folder
    this.#isSecluded = !PLAIN.test(folder)
    this.#isBare = this.#isSecluded
  }

  /** Ends with a slash. `whole` is the path that the peer has told, if it has. */
  text(whole: string | undefined): string {
    if (this.#isSecluded && whole !== undefined) return `${this.#peer}:${whole}/`
    const folder = this.#isBare ? this.#folder.replace(/^~\//, '') : this.#folder
    return `${this.#peer}:${folder}/`
  }

  /** Has rsync tell the folder to the rsync there instead of the login shell, which would read it in its own way. */
  get env(): Readonly<Record<string, string>> {
    return this.#isSecluded ? { RSYNC_PROTECT_ARGS: '1', RSYNC_OLD_ARGS: '0' } : {}
  }

  /** Whether a push that failed with these words is worth another try, since the folder is named in another way now. */
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
