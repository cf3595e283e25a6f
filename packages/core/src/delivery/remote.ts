import { rmSync, writeFileSync } from 'node:fs'
import { brakeOf } from '../brake/halt'
import type { Context } from '../command/context'
import { paths } from '../fs/paths'
import { signatureName } from '../message/message-name'
import { type Peer, rsyncTarget } from '../peers/peers-file'
import type { Interruption } from '../programs/interruption'
import { utcIso } from '../text/utc'
import { LocalClaims } from './local-claims'
import { makePrivateFolder, removeStaleFolders } from './private-folder'
import { claimRemoteName } from './remote-name'
import { backoffAfter, type FailedTry, waitSeconds } from './retry'
import { compareFiles, type Failure, pushFile, pushNewFile, restoreFile } from './rsync'

/** What is delivered to which peer, under the first free of which names. */
export interface RemoteDelivery {
  readonly peer: Peer
  /** As peers.toml has it: `~` is the peer's home (contract B10). */
  readonly inbox: string
  readonly message: Uint8Array
  readonly signature: Uint8Array | undefined
  readonly names: readonly [string, ...string[]]
  /** Further tries for each of the two files. */
  readonly retries: number
  /** Throws to stop before the next step, and during every wait. */
  beforeStep(): void
}

/** The name the message got on the peer, or why it did not get there, try by try. */
export type RemoteOutcome =
  | { readonly sent: true; readonly name: string }
  | { readonly sent: false; readonly error: string; readonly tries: readonly FailedTry[] }

/** ssh gives up on a peer that does not answer or stops answering (B12); rsync's arguments stay the scripts'. */
const PATIENT_SSH =
  'ssh -o ConnectTimeout=10 -o BatchMode=yes -o ServerAliveInterval=5 -o ServerAliveCountMax=3'

/** How often a signature of ours is put back: another sender overwrites it once. */
const RESTORES = 5

/** Pushes the signature and after it the message with rsync, each with retries and backoff. */
export async function deliverRemotely(
  delivery: RemoteDelivery,
  context: Context,
  interruption: Interruption,
): Promise<RemoteOutcome> {
  const folder = makePrivateFolder(context.tempFolder)
  const push = new RemotePush(delivery, folder, context, interruption)
  try {
    removeStaleFolders(context.tempFolder, folder, context.now())
    const steps = [() => push.message()]
    if (delivery.signature !== undefined) steps.unshift(() => push.signature())
    for (const step of steps) {
      delivery.beforeStep()
      const tries = await tryRepeatedly(step, delivery, context)
      if (tries !== undefined)
        return { sent: false, error: tries.at(-1)?.error ?? 'no try was allowed', tries }
    }
    return { sent: true, name: push.name }
  } finally {
    push.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The two files on their way, and what is known of the name that they get. */
class RemotePush {
  readonly #delivery: RemoteDelivery
  readonly #folder: string
  readonly #target: string
  readonly #context: Context
  readonly #options: { env: Context['env']; interruption: Interruption; isHalted: () => boolean }
  /** Claimed on the peer, so that it is ours whatever is there. */
  #claimed: string | undefined
  /** Where the peer does not let us claim: which of the names is tried, claimed among the senders here. */
  #place = 0
  #claims: LocalClaims | undefined
  /** The name beside which the signature lies. */
  #signedName: string | undefined

  constructor(delivery: RemoteDelivery, folder: string, context: Context, interruption: Interruption) {
    this.#delivery = delivery
    this.#folder = folder
    this.#target = `${rsyncTarget(delivery.peer)}:${delivery.inbox}/`
    this.#context = context
    const env = { RSYNC_RSH: PATIENT_SSH, ...context.env }
    this.#options = { env, interruption, isHalted: brakeOf(context) }
  }

  get name(): string {
    return this.#claimed ?? this.#delivery.names[this.#place] ?? this.#delivery.names[0]
  }

  async signature(): Promise<Failure | undefined> {
    const { signature } = this.#delivery
    if (signature === undefined) return undefined
    const failure = await this.#push(signature, signatureName)
    if (failure === undefined) this.#signedName = this.name
    return failure
  }

  async message(): Promise<Failure | undefined> {
    for (;;) {
      if (this.#signedName !== undefined && this.#signedName !== this.name) {
        const failure = await this.signature()
        if (failure !== undefined) return failure
        this.#delivery.beforeStep()
      }
      const failure = await this.#push(this.#delivery.message, (name) => name)
      if (failure !== undefined) return failure
      // On its way the message may have had to take another name than the signature.
      if (this.#signedName !== undefined && this.#signedName !== this.name) continue
      if (this.#claimed !== undefined) return undefined
      const looked = await this.#lookAgain()
      if (looked !== 'taken') return looked
      this.#place++
      await this.#claimHere()
    }
  }

  /**
   * rsync looks whether a name is free and writes later: senders on two machines may both have found it so. Who
   * looks again afterwards learns whose message has the name. It is `taken` where that is the other's; where it is
   * ours, our signature is put back beside it, and the other takes the next name.
   */
  async #lookAgain(): Promise<Failure | 'taken' | undefined> {
    const { message, signature } = this.#delivery
    const files = [this.#file(message, (name) => name)]
    if (signature !== undefined) files.push(this.#file(signature, signatureName))
    for (let tries = 0; tries < RESTORES; tries++) {
      const all = await this.#isThere(files)
      if (all !== 'taken' || signature === undefined) return all
      const alone = await this.#isThere(files.slice(0, 1))
      if (alone !== undefined) return alone
      const file = this.#file(signature, signatureName)
      const failure = await restoreFile(file, this.#target, signature.length, this.#options)
      this.#stopIfHalted(failure)
      if (failure !== undefined) return failure
    }
    return { error: 'the signature on the peer is overwritten again and again', hopeless: true }
  }

  async #isThere(files: readonly string[]): Promise<Failure | 'taken' | undefined> {
    const { message } = this.#delivery
    const compared = await compareFiles(files, this.#target, message.length, this.#options)
    if (compared.is !== 'failed') return compared.is === 'taken' ? 'taken' : undefined
    this.#stopIfHalted(compared)
    return compared
  }

  end(): void {
    this.#claims?.release()
  }

  /** Pushes one file under the name that is ours, or else the first that nobody has. */
  async #push(bytes: Uint8Array, nameFor: (message: string) => string): Promise<Failure | undefined> {
    const { peer, inbox, names, signature, beforeStep } = this.#delivery
    if (this.#claimed === undefined && this.#claims === undefined) {
      const claim = await claimRemoteName(peer, inbox, names, signature !== undefined, this.#options)
      beforeStep()
      if (claim.is === 'failed') return { error: claim.error }
      if (claim.is === 'no-project')
        return { error: `the project of ${inbox} is not on ${peer.host}`, hopeless: true }
      if (claim.is === 'claimed') this.#claimed = claim.name
    }
    if (this.#claimed === undefined) return this.#pushUnclaimed(bytes, nameFor)
    const failure = await pushFile(this.#file(bytes, nameFor), this.#target, bytes.length, this.#options)
    this.#stopIfHalted(failure)
    return failure
  }

  async #pushUnclaimed(
    bytes: Uint8Array,
    nameFor: (message: string) => string,
  ): Promise<Failure | undefined> {
    const { names } = this.#delivery
    for (;;) {
      if (this.#claims === undefined) {
        this.#claims = new LocalClaims(paths(this.#context.home).claims, this.#context.now())
        await this.#claimHere()
      }
      if (this.#place >= names.length) return { error: 'no name is free on the peer', hopeless: true }
      const file = this.#file(bytes, nameFor)
      const pushed = await pushNewFile(file, this.#target, bytes.length, this.#options)
      if (pushed.is === 'failed') {
        this.#stopIfHalted(pushed)
        // Perhaps nobody was there to be asked: the next try asks again, unless something has arrived.
        if (this.#signedName === undefined) this.#startAgain()
        return pushed
      }
      if (pushed.is === 'sent') return undefined
      this.#place++
      await this.#claimHere()
    }
  }

  async #claimHere(): Promise<void> {
    const { names } = this.#delivery
    while (this.#place < names.length) {
      if (await this.#claims?.claim(this.#target, this.name)) return
      this.#place++
    }
  }

  /** What has arrived is sent, whatever came meanwhile; what HALT ended is not. */
  #stopIfHalted(failure: Failure | undefined): void {
    if (failure?.halted) this.#delivery.beforeStep()
    else this.#options.interruption.check()
  }

  #startAgain(): void {
    this.end()
    this.#claims = undefined
    this.#place = 0
  }

  #file(bytes: Uint8Array, nameFor: (message: string) => string): string {
    const file = `${this.#folder}/${nameFor(this.name)}`
    writeFileSync(file, bytes, { mode: 0o600 })
    return file
  }
}

/** Every try that failed, if none succeeded. */
async function tryRepeatedly(
  step: () => Promise<Failure | undefined>,
  { retries, beforeStep }: RemoteDelivery,
  context: Context,
): Promise<FailedTry[] | undefined> {
  const tries: FailedTry[] = []
  for (let attempt = 0; attempt <= retries; attempt++) {
    const last = tries.at(-1)
    if (last !== undefined) {
      beforeStep()
      const seconds = backoffAfter(attempt)
      context.err(`rsync attempt ${attempt} failed: ${last.error}; retrying in ${seconds}s`)
      await waitSeconds(seconds, beforeStep)
    }
    const failure = await step()
    if (failure === undefined) return undefined
    tries.push({ time: utcIso(context.now()), error: failure.error })
    if (failure.hopeless) {
      context.err(failure.error)
      return tries
    }
  }
  context.err(`rsync failed after ${retries + 1} attempts: ${tries.at(-1)?.error ?? ''}`)
  return tries
}
