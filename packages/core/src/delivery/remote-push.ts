import { writeFileSync } from 'node:fs'
import { brakeOf } from '../brake/halt'
import type { Context } from '../command/context'
import { signatureName } from '../message/message-name'
import type { Interruption } from '../programs/interruption'
import type { Recognise } from './claim'
import { differingParts, type Landed } from './landed'
import { LocalClaims } from './local-claims'
import { findOwn } from './own-arrival'
import { PeerSession } from './peer-session'
import type { RemoteDelivery } from './remote'
import { compareFiles, type PushFailure, pushFile, pushNewFile, restoreFile, timeLimit } from './rsync'
import { RsyncTarget } from './rsync-target'

/** ssh gives up on a peer that does not answer or stops answering (B12); rsync's arguments stay the scripts'. */
const PATIENT_SSH =
  'ssh -o ConnectTimeout=10 -o BatchMode=yes -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -o LogLevel=ERROR'

/** How often a signature of ours is put back: another sender overwrites it once. */
const RESTORES = 5
/** How often what lies on the peer with other bytes is pushed again. */
const RESENDS = 2

const NO_NAME: PushFailure = { error: 'no name is free on the peer', hopeless: true }

/** The two files on their way, and what is known of the name that they get. */
export class RemotePush {
  readonly #delivery: RemoteDelivery
  readonly #folder: string
  readonly #there: RsyncTarget
  readonly #context: Context
  readonly #session: PeerSession
  readonly #limits: { readonly interruption: Interruption; readonly isHalted: () => boolean }
  /** Claimed on the peer, so that it is ours whatever is there. */
  #claimed: string | undefined
  /** Where the peer does not let us claim: which of the names is tried, claimed among the senders here. */
  #place = 0
  #claims: LocalClaims | undefined
  /** Whether the message is on the peer's disk, once the peer has been asked to tell. */
  #landing: Promise<Landed | false> | undefined
  /** The name beside which the signature lies. */
  #signedName: string | undefined
  /** An earlier try has brought the message. */
  #hasArrived = false
  /** The peer, or the rsync there, has answered once. */
  isReached = false

  constructor(delivery: RemoteDelivery, folder: string, context: Context, interruption: Interruption) {
    this.#delivery = delivery
    this.#folder = folder
    this.#there = new RsyncTarget(delivery.peer, delivery.inbox)
    this.#context = context
    this.#limits = { interruption, isHalted: brakeOf(context) }
    const options = { ...this.#limits, env: context.env }
    this.#session = new PeerSession(delivery.peer, folder, options, delivery.mayShare)
  }

  get #target(): string {
    return this.#there.text(this.#session.folder)
  }

  get #options() {
    const env = { RSYNC_RSH: this.#session.sharing(PATIENT_SSH), ...this.#context.env }
    return { ...this.#limits, env: { ...env, ...this.#there.env } }
  }

  get name(): string {
    return this.#claimed ?? this.#delivery.names[this.#place] ?? this.#delivery.names[0]
  }

  async signature(): Promise<PushFailure | undefined> {
    const { signature } = this.#delivery
    if (signature === undefined) return undefined
    for (;;) {
      const failure = await this.#findName()
      // The peer took it along with the question for a name.
      if (failure !== undefined || this.#hasArrived || this.#signedName === this.name) return failure
      const pushed = await this.#push(signature, signatureName, 'signature')
      if (pushed === undefined) this.#signedName = this.name
      if (pushed !== 'taken') return pushed
      await this.#takeNextName()
    }
  }

  /** With the signature before it once more where the message has to take another name. */
  async message(): Promise<PushFailure | undefined> {
    for (;;) {
      const unnamed = await this.#findName()
      if (unnamed !== undefined || this.#hasArrived) return unnamed
      if (this.#signedName !== undefined && this.#signedName !== this.name) {
        const failure = await this.signature()
        if (failure !== undefined) return failure
        this.#delivery.beforeStep()
      }
      const pushed = await this.#push(this.#delivery.message, (name) => name, 'message')
      if (pushed !== undefined && pushed !== 'taken') return pushed
      if (this.#claimed !== undefined) return undefined
      const found = pushed ?? (await this.#lookAgain())
      if (found !== 'taken') return found
      await this.#takeNextName()
    }
  }

  /**
   * rsync looks whether a name is free and writes later: senders on two machines may both have found it so. Who
   * looks again afterwards learns whose message has the name. It is `taken` where that is the other's; where it is
   * ours, our signature is put back beside it, and the other takes the next name.
   */
  async #lookAgain(): Promise<PushFailure | 'taken' | undefined> {
    const { message, signature } = this.#delivery
    const files = [this.#file(message, (name) => name)]
    if (signature !== undefined) files.push(this.#file(signature, signatureName))
    for (let tries = 0; tries < RESTORES; tries++) {
      const all = await this.#isThere(files)
      if (all !== 'taken' || signature === undefined) return all
      const alone = await this.#isThere(files.slice(0, 1))
      if (alone !== undefined) return alone
      const failure = await this.#restore('signature')
      if (failure !== undefined) return failure
    }
    return { error: 'the signature on the peer is overwritten again and again', hopeless: true }
  }

  async #isThere(files: readonly string[]): Promise<PushFailure | 'taken' | undefined> {
    const { message } = this.#delivery
    const compared = await compareFiles(files, this.#target, timeLimit(message.length), this.#options)
    if (compared.is !== 'failed') return compared.is === 'taken' ? 'taken' : undefined
    this.#stopIfHalted(compared)
    return compared
  }

  /**
   * Has the peer bring both files to its disk, as far as it lets us. What lies there with other bytes is pushed again
   * (contract B55). What has arrived is sent, also under HALT.
   */
  async flush(): Promise<{ readonly error: string } | undefined> {
    if (this.#claimed === undefined) return undefined
    const { inbox, signature } = this.#delivery
    const ask = () => this.#session.flush(inbox, this.name, signature !== undefined)
    let landed = (await this.#landing) || (await ask())
    for (let tries = 0; ; tries++) {
      if (landed === undefined || 'error' in landed) return landed
      const parts = differingParts(landed, this.#delivery)
      if (parts.length === 0) return undefined
      if (tries === RESENDS)
        return { error: `what lies on the peer is not what was sent: ${parts.join(', ')}` }
      for (const part of parts) {
        const failure = await this.#restore(part)
        if (failure !== undefined) return failure
      }
      landed = await ask()
    }
  }

  async #restore(part: 'message' | 'signature'): Promise<PushFailure | undefined> {
    const bytes = this.#delivery[part]
    if (bytes === undefined) return undefined
    const file = this.#file(bytes, part === 'message' ? (name) => name : signatureName)
    const failure = await restoreFile(file, this.#target, bytes.length, this.#options)
    this.#stopIfHalted(failure)
    return failure
  }

  end(): void {
    this.#session.close()
    this.#claims?.release()
  }

  /** Pushes one file under our name; `taken` where nobody could claim it and another has it. */
  async #push(
    bytes: Uint8Array,
    nameFor: (message: string) => string,
    part: 'message' | 'signature',
  ): Promise<PushFailure | 'taken' | undefined> {
    const failure = await this.#findName()
    if (failure !== undefined) return failure
    const file = this.#file(bytes, nameFor)
    if (this.#claimed !== undefined) {
      const push = (until?: Promise<boolean>) =>
        pushFile(
          file,
          this.#target,
          bytes.length,
          until === undefined ? this.#options : { ...this.#options, until },
        )
      const failed = part === 'message' ? await this.#untilLanded(push) : await push()
      this.#stopIfHalted(failed)
      return failed
    }
    const pushed = await pushNewFile(file, this.#target, bytes.length, this.#options)
    if (pushed.is === 'failed' && this.#there.changeAfter(pushed.error)) {
      // Whether its receiver is done with it could not be told before.
      this.#hasArrived = this.#delivery.again === true && (await this.#isDone())
      return this.#hasArrived ? undefined : this.#push(bytes, nameFor, part)
    }
    if (pushed.is !== 'failed') {
      this.isReached = true
      return pushed.is === 'taken' ? 'taken' : undefined
    }
    this.#stopIfHalted(pushed)
    // Perhaps nobody was there to be asked: the next try asks again, unless something has arrived.
    if (this.#signedName === undefined) this.#startAgain()
    return pushed
  }

  /** The peer tells that the message is there before rsync has said good-bye: then that is not waited for. */
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

  /** Claims a name on the peer; where the peer does not let us, among the senders here. */
  async #findName(): Promise<PushFailure | undefined> {
    const { peer, inbox, names, signature, again, beforeStep } = this.#delivery
    if (this.#claimed === undefined && this.#claims === undefined && !this.#hasArrived) {
      const recognise = again ? this.#recognise : undefined
      const claim = await this.#session.claim(inbox, names, signature, recognise)
      beforeStep()
      this.isReached ||= claim.is !== 'failed' && claim.is !== 'unknown'
      if (claim.is === 'failed') return { error: claim.error }
      if (claim.is === 'no-name') return NO_NAME
      if (claim.is === 'no-project')
        return { error: `the project of ${inbox} is not on ${peer.host}`, hopeless: true }
      if (claim.is === 'claimed') {
        this.#claimed = claim.name
        if (claim.isSigned) this.#signedName = claim.name
      } else if (claim.is === 'arrived') {
        this.#claimed = claim.name
        this.#signedName = claim.name
        this.#hasArrived = true
      } else if (again && (await this.#isDone())) {
        this.#hasArrived = true
      } else {
        this.#claims = new LocalClaims(this.#context.paths, this.#context.now())
        // The first name of an earlier try is its own, also where a kill has left its claim.
        const isHeld = await this.#claims.claim(this.#target, this.name)
        if (!isHeld && !again) await this.#takeNextName()
      }
    }
    if (this.#hasArrived || this.#claimed !== undefined || this.#place < names.length) return undefined
    return NO_NAME
  }

  readonly #recognise: Recognise = (found) => {
    const { message } = this.#delivery
    const fileNamed = (name: string) => this.#file(message, () => name)
    return findOwn(found, fileNamed, { target: this.#target, bytes: message.length, options: this.#options })
  }

  /** Whether its receiver is done with it: where nobody can be asked, rsync tells. */
  async #isDone(): Promise<boolean> {
    const own = await this.#recognise([{ name: this.name, where: 'done' }])
    return own !== undefined && !('error' in own)
  }

  async #takeNextName(): Promise<void> {
    this.#place++
    await this.#claimHere()
  }

  async #claimHere(): Promise<void> {
    const { names } = this.#delivery
    while (this.#place < names.length) {
      if (await this.#claims?.claim(this.#target, this.name)) return
      this.#place++
    }
  }

  /** What has arrived is sent, whatever came meanwhile; what HALT ended is not. */
  #stopIfHalted(failure: PushFailure | undefined): void {
    if (failure?.halted) this.#delivery.beforeStep()
    else this.#limits.interruption.check()
  }

  #startAgain(): void {
    this.#claims?.release()
    this.#claims = undefined
    this.#place = 0
  }

  #file(bytes: Uint8Array, nameFor: (message: string) => string): string {
    const file = `${this.#folder}/${nameFor(this.name)}`
    writeFileSync(file, bytes, { mode: 0o600 })
    return file
  }
}
