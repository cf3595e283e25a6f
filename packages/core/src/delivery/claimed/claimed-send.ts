import { type Rsync, timeLimit } from '../rsync'
import { fileOf, type Part, type PushFailure, type RemoteDelivery, type Way } from '../way'
import { type ClaimedName, differingParts, type Landed, type Recognise } from './answers'
import type { PeerSession } from './session'

/** How often a file is pushed again if its bytes on the peer differ. */
const RESENDS = 2

/** A shell on the peer has claimed the name for us: any file under that name is ours. */
export class ClaimedSend implements Way {
  readonly name: string
  readonly hasBrought = true
  readonly #delivery: RemoteDelivery
  readonly #session: PeerSession
  readonly #rsync: Rsync
  /** The parts already on the peer, from an earlier try or sent with the question for a name. */
  readonly #there: readonly Part[]
  /** Whether the message is on the peer's disk, once the peer has been asked. */
  #landing: Promise<Landed | false> | undefined

  constructor(claim: ClaimedName, delivery: RemoteDelivery, session: PeerSession, rsync: Rsync) {
    this.name = claim.name
    this.#delivery = delivery
    this.#session = session
    this.#rsync = rsync
    if (claim.is === 'arrived') this.#there = ['signature', 'message']
    else this.#there = claim.isSigned ? ['signature'] : []
  }

  async bring(part: Part): Promise<PushFailure | undefined> {
    const file = fileOf(this.#delivery, part, this.name)
    if (file === undefined || this.#there.includes(part)) return undefined
    const push = (until?: Promise<boolean>) => this.#rsync.push(file, until)
    const failure = part === 'message' ? await this.#untilLanded(push) : await push()
    this.#rsync.stopIfEnded(failure)
    return failure
  }

  /** The peer may report the message before rsync ends. Then we do not wait for rsync. */
  async #untilLanded(
    push: (until: Promise<boolean>) => Promise<PushFailure | undefined>,
  ): Promise<PushFailure | undefined> {
    this.#landing ??= this.#session.hasLanded()
    const pushed = push(this.#landing.then((landed) => landed !== false))
    const landed = await Promise.race([this.#landing, pushed.then(() => undefined)])
    if (landed) return undefined
    if (landed === false) this.#landing = undefined
    return pushed
  }

  /**
   * Has the peer flush both files to its disk. Files with other bytes than ours are pushed again (contract B55). A
   * message that has arrived counts as sent, even under HALT.
   */
  async flush(): Promise<PushFailure | undefined> {
    let landed = (await this.#landing) || (await this.#session.flush(this.name))
    for (let tries = 0; ; tries++) {
      if (landed === undefined || 'error' in landed) return landed
      const parts = differingParts(landed, this.#delivery)
      if (parts.length === 0) return undefined
      if (tries === RESENDS)
        return { error: `the files on the peer differ from those that were sent: ${parts.join(', ')}` }
      for (const part of parts) {
        const file = fileOf(this.#delivery, part, this.name)
        const failure = file && (await this.#rsync.restore(file))
        if (failure !== undefined) return failure
      }
      landed = await this.#session.flush(this.name)
    }
  }

  end(): void {
    this.#session.close()
  }
}

/**
 * Looks among the files with our names on the peer. Returns the message in the inbox, in done/ or in aside/ whose bytes are all
 * ours, else the signature that waits for it (contract C2). A peer that lists files that are not ours takes no more
 * time than one file may take (B72).
 */
export function recogniser(delivery: RemoteDelivery, rsync: Rsync): Recognise {
  return async (found) => {
    const end = performance.now() + timeLimit(delivery.message.length)
    for (const own of found) {
      if (own.where === 'nowhere') continue
      const timeout = end - performance.now()
      if (timeout <= 0) return { error: 'it lists too much to search in time' }
      const file = fileOf(delivery, 'message', own.name)
      const within = own.where === 'inbox' ? {} : { folder: own.where }
      const compared = await rsync.compare([file], { ...within, timeout })
      if (compared === 'sent') return own
      if (compared !== 'taken') return { error: compared.error }
    }
    return found.find(({ where }) => where === 'nowhere')
  }
}
