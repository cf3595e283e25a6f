import type { Context } from '../../command/context'
import { DONE_FOLDER } from '../../message/done-name'
import { type Rsync, timeLimit } from '../rsync'
import { fileOf, NO_NAME, type Part, type PushFailure, type RemoteDelivery, type Way } from '../way'
import { AgreedNames } from './agreed-names'

/** How often a signature of ours is put back: another sender overwrites it once. */
const RESTORES = 5

/** The way to a peer that runs rsync and nothing else; or why there is none. */
export async function beginBlindSend(
  delivery: RemoteDelivery,
  rsync: Rsync,
  context: Pick<Context, 'paths' | 'now'>,
): Promise<Way | PushFailure> {
  const names = new AgreedNames(delivery.names, context.paths)
  const send = new BlindSend(delivery, names, rsync)
  if (await send.isDoneFromBefore()) return send
  // The first name of an earlier try is its own, also where a kill has left its claim.
  if (await names.begin(rsync.target, delivery.again === true, context.now())) return send
  send.end()
  return NO_NAME
}

/** Nobody on the peer can claim a name for us, or tell what lies there: rsync overwrites nothing, and looks again. */
class BlindSend implements Way {
  readonly #delivery: RemoteDelivery
  readonly #names: AgreedNames
  readonly #rsync: Rsync
  /** The name beside which the signature lies. */
  #signedName: string | undefined
  #isLastPushed = false
  /** An earlier try has brought the message, and its receiver is done with it. */
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

  /** Where nobody can be asked, rsync tells. */
  async isDoneFromBefore(): Promise<boolean> {
    if (!this.#delivery.again) return false
    const file = fileOf(this.#delivery, 'message', this.name)
    const timeout = timeLimit(file.bytes.length)
    this.#isDone = (await this.#rsync.compare([file], { folder: DONE_FOLDER, timeout })) === 'sent'
    return this.#isDone
  }

  /** The message takes another name where it has to; then the signature goes before it once more. */
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
    // Whether its receiver is done with it could not be told before.
    if (this.#rsync.changeTargetAfter(pushed))
      return (await this.isDoneFromBefore()) ? 'sent' : this.#push(part)
    this.#rsync.stopIfEnded(pushed)
    return pushed
  }

  /**
   * rsync looks whether a name is free and writes later: senders on two machines may both have found it so. Who
   * looks again afterwards learns whose message has the name. It is `taken` where that is the other's; where it is
   * ours, our signature is put back beside it, and the other takes the next name.
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

  /** Nobody there can be told to bring it to the disk. */
  async flush(): Promise<undefined> {}

  end(): void {
    this.#names.release()
  }
}
