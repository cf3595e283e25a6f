import { brakeOf } from '@cac/core/brake/halt'
import type { Context } from '@cac/core/command/context'
import { Failure, showFailure } from '@cac/core/command/failure'
import type { FailedSend } from '@cac/core/delivery/failed-send'
import type { HeldMessage } from '@cac/core/delivery/held-message'
import type { RemoteOutcome } from '@cac/core/delivery/remote'
import { LONG_WAIT } from '@cac/core/delivery/unattended'
import { reasonOf } from '@cac/core/fs/system-error'
import { type Peer, sshTarget } from '@cac/core/peers/peers-file'
import type { Interruption } from '@cac/core/programs/interruption'
import { shellQuote } from '@cac/core/text/shell'
import { sendFailures } from './failures'
import { namesFrom, type Outgoing } from './outgoing'

/** The exit code of a send that was given up: its marker is written. */
export const UNREACHABLE_EXIT = 3

/** How many seconds ahead a name may lie if all earlier names are taken. */
export const NAMES_TRIED_ON_PEER = 120

/** What a delivery needs to know beside the message. */
interface Terms {
  readonly peer: Peer
  /** Further tries for each of the two files. */
  readonly retries: number
  readonly interruption: Interruption
  /** Throws to stop before the next step. */
  beforeStep(): void
}

/** How a delivery ended. */
export interface Delivered {
  readonly exitCode: number
  /** The name that the message got. Undefined if it did not arrive. */
  readonly name?: string
}

/** The message in the outbox, or why it is not there. */
type Held = { readonly message: HeldMessage } | { readonly problem: string }

/** A delivery that has begun: the message is held under the first of the names. */
interface Begun {
  readonly names: readonly [string, ...string[]]
  readonly held: Held
}

/** Delivers a message to a project of a peer. */
export class PeerDelivery {
  readonly #outgoing: Outgoing
  readonly #terms: Terms
  readonly #context: Context
  /** Whether a connection to the peer may be shared, once that has been asked. */
  #mayShare: Promise<boolean> | undefined
  #begun: Begun | undefined

  constructor(outgoing: Outgoing, terms: Terms, context: Context) {
    this.#outgoing = outgoing
    this.#terms = terms
    this.#context = context
  }

  /**
   * Loads what the delivery needs, and asks ssh for the user's settings: both take as long as signing does, and neither
   * needs the signature.
   */
  prepare(): void {
    // Where no try is allowed, nobody is asked anything.
    if (this.#terms.retries >= 0) this.#mayShare = this.#askForConnection()
  }

  async #askForConnection(): Promise<boolean> {
    const { env } = this.#context
    const { peer, interruption } = this.#terms
    const { leavesConnectionToUs } = await import('@cac/core/peers/ssh')
    const mayShare = leavesConnectionToUs(peer, { env, interruption, isHalted: brakeOf(this.#context) })
    await import('@cac/core/delivery/remote')
    const { ownHolder } = await import('@cac/core/delivery/outbox-hold')
    await import('@cac/core/delivery/failed-send')
    // It is read once in a process.
    ownHolder()
    return mayShare
  }

  /** Waits for what was begun while gpg signed. */
  async end(): Promise<void> {
    await this.#mayShare
  }

  /** Keeps the message before its first try, as `deliver` does unless that was done (contract B53). */
  async hold(signature: Uint8Array | undefined): Promise<Begun> {
    const { inbox, destination } = this.#outgoing
    const { paths, now } = this.#context
    requireReadablePath(inbox, destination.project)
    const names = this.#names()
    await import('@cac/core/delivery/remote')
    const { holdMessage } = await import('@cac/core/delivery/failed-send')
    // A delivery that stops here has not begun.
    this.#terms.beforeStep()
    const sending = { ...this.#sending(signature), name: names[0], tries: [] }
    this.#begun = { names, held: tryToHold(() => holdMessage(sending, paths, now())) }
    return this.#begun
  }

  #sending(signature: Uint8Array | undefined) {
    const { message, destinationText: destination } = this.#outgoing
    return { message: message.bytes, signature, destination, messagePath: message.file?.path }
  }

  /**
   * Delivers the message. It is kept before the first try, and stays so unless it arrives
   * (contract B53). Where that fails for good a marker is written (contracts A5, C2).
   */
  async deliver(signature: Uint8Array | undefined, retries = this.#terms.retries): Promise<Delivered> {
    const { inbox, message, destinationText: destination } = this.#outgoing
    const { peer, interruption, beforeStep } = this.#terms
    const context = this.#context
    const { names, held } = this.#begun ?? (await this.hold(signature))
    const { deliverRemotely } = await import('@cac/core/delivery/remote')
    const parcel = { message: message.bytes, signature }
    const sending = this.#sending(signature)
    const mayShare = this.#mayShare
    try {
      const sender = this.#outgoing.sender.name
      const delivery = { ...parcel, peer, inbox, names, sender, retries, mayShare, beforeStep }
      const outcome = await deliverRemotely(delivery, context, interruption)
      if (!outcome.sent) return { exitCode: await this.#recordFailure({ ...sending, ...outcome }, held) }
      // This comes first: if nobody reads the output, the message must not be sent again.
      if ('message' in held) dropHeld(held.message, context)
      context.out(`sent: ${sshTarget(peer)}:${inbox}/${outcome.name}\n`, 'deed')
      await this.#tellIfUnattended(outcome.untouchedSince)
      return { exitCode: 0, name: outcome.name }
    } catch (error) {
      const isHalted = error instanceof Failure && error.kind === 'halted'
      if ('message' in held && held.message.isDropped) throw error
      if (isHalted) showFailure(error, context.err)
      if ('message' in held) {
        await held.message.flushed
        context.err(`message kept: ${held.message.path}; ${retryLine(destination)}`)
      } else this.#sayWhereKept(held)
      if (isHalted) return { exitCode: sendFailures.halted }
      throw error
    }
  }

  /** Asks the peer what became of earlier messages, but only if one may have waited for long (contract C18). */
  async #tellIfUnattended(untouchedSince: number | undefined): Promise<void> {
    if (untouchedSince === undefined || this.#context.now() - untouchedSince <= LONG_WAIT) return
    const { tellIfUnattendedThere } = await import('./unattended')
    await tellIfUnattendedThere(this.#outgoing, this.#terms, this.#context)
  }

  /** The programs that bring it there take no names but UTF-8. */
  #names(): readonly [string, ...string[]] {
    const name = namesFrom(this.#outgoing, this.#context.now())
    const plainName = (clashes: number) => name(clashes).toWellFormed()
    return [plainName(0), ...Array.from({ length: NAMES_TRIED_ON_PEER }, (_, n) => plainName(n + 1))]
  }

  async #recordFailure(
    failed: Extract<RemoteOutcome, { sent: false }> & FailedSend,
    held: Held,
  ): Promise<number> {
    const { err, paths } = this.#context
    const { recordFailedSend } = await import('@cac/core/delivery/failed-send')
    const { diagnosisLine } = await import('@cac/core/delivery/diagnosis')
    const diagnosis = diagnosisLine(failed.error, this.#terms.peer)
    if (diagnosis !== undefined && diagnosis !== failed.diagnosis) err(diagnosis)
    const known = 'message' in held ? held.message : undefined
    const { marker, kept } = await recordFailedSend(failed, known, paths, this.#context.now())
    err(`marker written: ${marker}`)
    this.#sayWhereKept(kept)
    return UNREACHABLE_EXIT
  }

  /** Where the message is kept, and the line that sends it again; or why it is not kept. */
  #sayWhereKept(kept: string | { readonly problem: string }): void {
    const { err } = this.#context
    const { destinationText, message } = this.#outgoing
    if (typeof kept === 'string') {
      err(`message kept: ${kept}`)
      err(retryLine(destinationText))
      return
    }
    const path = message.file?.path
    const again = path === undefined ? '' : `; send ${path} again once its receiver can be reached`
    // The first word of a line tells what is kept from what is not.
    err(`not kept: ${kept.problem}${again}`)
  }
}

function tryToHold(hold: () => HeldMessage): Held {
  try {
    return { message: hold() }
  } catch (error) {
    return { problem: reasonOf(error) }
  }
}

/** The message has arrived, so a leftover entry is not a failure. */
function dropHeld(held: HeldMessage, { err }: Context): void {
  try {
    held.drop()
  } catch (error) {
    err(
      `it was sent, but stays in the outbox: ${reasonOf(error)}; --retry-failed will find that it has arrived`,
    )
  }
}

function retryLine(destination: string): string {
  // As it is typed on a shell's command line.
  const word = /^[\w.-]+$/.test(destination) ? destination : shellQuote(destination)
  return `send it again with: cross-agent-send --retry-failed ${word}`
}

/** A path that begins with a colon would turn `host:path` into the address of an rsync server (contract B45). */
export function requireReadablePath(inbox: string, project: string): void {
  if (!inbox.startsWith(':')) return
  throw new Failure('inbox-path-misread', {
    message: `projects.${project}.inbox_path must not begin with a colon: rsync and ssh would read it differently`,
    hint: 'begin it with ~/ or /',
  })
}
