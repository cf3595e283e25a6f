import type { Context } from '../../command/context'
import { DONE_FOLDER } from '../../message/done-name'
import { type Rsync, timeLimit } from '../rsync'
import { fileOf, NO_NAME, type Part, type PushFailure, type RemoteDelivery, type Way } from '../way'
import { AgreedNames } from './agreed-names'

/** How often we put our signature back: another sender overwrites it once. */
const RESTORES = 5

/** The way to a peer that runs only rsync, or the reason why there is none. */
export async function beginBlindSend(
  delivery: RemoteDelivery,
  rsync: Rsync,
  context: Pick<Context, 'paths' | 'now'>,
): Promise<Way | PushFailure> {
  const names = new AgreedNames(delivery.names, context.paths)
  const send = new BlindSend(delivery, names, rsync)
  if (await send.isDoneFromBefore()) return send
  // An earlier try owns its first name, even if a killed process left the claim.
  if (await names.begin(rsync.target, delivery.again === true, context.now())) return send
  send.end()
  return NO_NAME
}

/** Nothing on the peer can claim a name or list its files: rsync overwrites nothing, and we check afterwards. */
class BlindSend implements Way {
  readonly #delivery: RemoteDelivery
  readonly #names: AgreedNames
  readonly #rsync: Rsync
  /** The message name that our signature lies beside. */
  #signedName: string | undefined
  #isLastPushed = false
  /** An earlier try delivered the message, and the receiver has finished it. */
  #isDone = false

  constructor(delivery: RemoteDelivery, names: AgreedNames, rsync: Rsync) {
    this.#delivery = delivery
    this.#names = names
    this.#rsync = rsync
  }

  get name(): string {
    return this.#names.name
  }

  get hasBrought(): boolean {
    return this.#signedName !== undefined || this.#isLastPushed
  }

  /** rsync finds out: the peer cannot be asked. */
  async isDoneFromBefore(): Promise<boolean> {
    if (!this.#delivery.again) return false
    const file = fileOf(this.#delivery, 'message', this.name)
    const timeout = timeLimit(file.bytes.length)
    this.#isDone = (await this.#rsync.compare([file], { folder: DONE_FOLDER, timeout })) === 'sent'
    return this.#isDone
  }

  /** The message takes another name if necessary. Its signature is then sent again first. */
  async bring(part: Part): Promise<PushFailure | undefined> {
    for (;;) {
      if (this.#isDone) return undefined
      if (part === 'signature' && this.#signedName === this.name) return undefined
      if (part === 'message' && this.#signedName !== undefined && this.#signedName !== this.name) {
        const failure = await this.bring('signature')
        if (failure !== undefined) return failure
        this.#delivery.beforeStep()
      }
      const pushed = await this.#push(part)
      if (this.#isDone) return undefined
      const found = pushed === 'sent' && part === 'message' ? await this.#lookAgain() : pushed
      if (found === 'sent') return undefined
      if (found !== 'taken') return found
      if (!(await this.#names.takeNext(this.#rsync.target))) return NO_NAME
    }
  }

  async #push(part: Part): Promise<'sent' | 'taken' | PushFailure> {
    const file = fileOf(this.#delivery, part, this.name)
    if (file === undefined) return 'sent'
    const pushed = await this.#rsync.pushNew(file)
    this.#isLastPushed = pushed === 'sent'
    if (pushed === 'sent' && part === 'signature') this.#signedName = this.name
    if (pushed === 'sent' || pushed === 'taken') return pushed
    // Until now we could not tell whether the receiver has finished it.
    if (this.#rsync.changeTargetAfter(pushed))
      return (await this.isDoneFromBefore()) ? 'sent' : this.#push(part)
    this.#rsync.stopIfEnded(pushed)
    return pushed
  }

  /**
   * rsync checks a name first and writes later, so senders on two machines may both find it free. A second check shows
   * whose message has the name. If it is the other sender's, the result is `taken`. If it is ours, we put our signature
   * back beside it, and the other sender takes the next name.
   */
  async #lookAgain(): Promise<'sent' | 'taken' | PushFailure> {
    const message = fileOf(this.#delivery, 'message', this.name)
    const signature = fileOf(this.#delivery, 'signature', this.name)
    if (signature === undefined) return this.#compare([message])
    for (let tries = 0; tries < RESTORES; tries++) {
      const both = await this.#compare([message, signature])
      if (both !== 'taken') return both
      const alone = await this.#compare([message])
      if (alone !== 'sent') return alone
      const failure = await this.#rsync.restore(signature)
      if (failure !== undefined) return failure
    }
    return { error: 'the signature on the peer is overwritten again and again', hopeless: true }
  }

  async #compare(files: Parameters<Rsync['compare']>[0]): Promise<'sent' | 'taken' | PushFailure> {
    const compared = await this.#rsync.compare(files, {
      timeout: timeLimit(this.#delivery.message.length),
    })
    if (compared !== 'sent' && compared !== 'taken') this.#rsync.stopIfEnded(compared)
    return compared
  }

  /** The peer runs no command that flushes to disk. */
  async flush(): Promise<undefined> {}

  end(): void {
    this.#names.release()
  }
}
