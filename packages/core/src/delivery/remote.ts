import { brakeOf } from '../brake/halt'
import type { Context } from '../command/context'
import type { Interruption } from '../programs/interruption'
import { utcIso } from '../text/utc'
import { ClaimedSend, recogniser } from './claimed/claimed-send'
import { PeerSession } from './claimed/session'
import { makePrivateFolder, removePrivateFolder, removeStaleFolders } from './private-folder'
import { type FailedTry, tryRepeatedly } from './retry'
import { Rsync } from './rsync'
import { NO_NAME, type Part, type PushFailure, type RemoteDelivery, type Way } from './way'

/**
 * The name that the message got on the peer, or why each try failed: then the name is the last one tried. `isReached`:
 * the peer has answered, though it did not take the message.
 */
export type RemoteOutcome = { readonly name: string } & (
  | {
      readonly sent: true
      /** When the first message of this sender came there since anybody took one: it may still wait (contract C18). */
      readonly untouchedSince: number | undefined
    }
  | {
      readonly sent: false
      readonly error: string
      readonly tries: readonly FailedTry[]
      readonly isReached: boolean
      /** The diagnosis that the user has already seen. */
      readonly diagnosis?: string
    }
)

/**
 * Pushes the signature and then the message with rsync, each with retries and backoff. Then has the peer flush both to
 * its disk.
 */
export async function deliverRemotely(
  delivery: RemoteDelivery,
  context: Context,
  interruption: Interruption,
): Promise<RemoteOutcome> {
  const folder = makePrivateFolder(context.tempFolder)
  const send = new RemoteSend(delivery, folder, context, interruption)
  try {
    removeStaleFolders(context.tempFolder, context.now())
    const parts: Part[] = delivery.signature === undefined ? ['message'] : ['signature', 'message']
    for (const part of parts) {
      delivery.beforeStep()
      const failure = await tryRepeatedly(() => send.bring(part), delivery, context)
      if (failure === undefined) continue
      const { tries, ...said } = failure
      return { ...failed(send, tries.at(-1)?.error ?? 'no try was allowed', tries), ...said }
    }
    const failure = await send.flush()
    if (failure === undefined) return { sent: true, name: send.name, untouchedSince: send.untouchedSince }
    context.err(failure.error)
    return failed(send, failure.error, [{ time: utcIso(context.now()), error: failure.error }])
  } finally {
    send.end()
    removePrivateFolder(folder)
  }
}

function failed(send: RemoteSend, error: string, tries: readonly FailedTry[]): RemoteOutcome {
  return { sent: false, name: send.name, error, tries, isReached: send.isReached }
}

/** The tries to deliver one message. Once a try has delivered a file, later tries use the same way. */
class RemoteSend {
  readonly #delivery: RemoteDelivery
  readonly #context: Context
  readonly #session: PeerSession
  readonly #rsync: Rsync
  #way: Way | undefined
  #hasAnswered = false

  constructor(delivery: RemoteDelivery, folder: string, context: Context, interruption: Interruption) {
    this.#delivery = delivery
    this.#context = context
    const limits = { env: context.env, interruption, isHalted: brakeOf(context) }
    this.#session = new PeerSession(delivery, folder, limits)
    this.#rsync = new Rsync(delivery, this.#session, folder, limits)
  }

  get name(): string {
    return this.#way?.name ?? this.#delivery.names[0]
  }

  /** The peer or its rsync has answered once. */
  get isReached(): boolean {
    return this.#hasAnswered || this.#rsync.hasAnswered
  }

  get untouchedSince(): number | undefined {
    return this.#session.untouchedSince
  }

  async bring(part: Part): Promise<PushFailure | undefined> {
    const way = this.#way ?? (await this.#chooseWay())
    if ('error' in way) return way
    this.#way = way
    const failure = await way.bring(part)
    // The peer may have been unreachable: the next try asks again, unless a file has arrived.
    if (failure !== undefined && !way.hasBrought) this.#leaveWay()
    return failure
  }

  async flush(): Promise<PushFailure | undefined> {
    return this.#way?.flush()
  }

  end(): void {
    this.#leaveWay()
    this.#session.close()
  }

  #leaveWay(): void {
    this.#way?.end()
    this.#way = undefined
  }

  /** Claims a name on the peer. If the peer runs only rsync, senders agree on names here. */
  async #chooseWay(): Promise<Way | PushFailure> {
    const { peer, inbox, again, beforeStep } = this.#delivery
    const claim = await this.#session.claim(again && recogniser(this.#delivery, this.#rsync))
    beforeStep()
    this.#hasAnswered ||= claim.is !== 'failed' && claim.is !== 'unknown'
    switch (claim.is) {
      case 'failed':
        return { error: claim.error }
      case 'no-name':
        return NO_NAME
      case 'no-project':
        return { error: `the project of ${inbox} is not on ${peer.host}`, hopeless: true }
      case 'unknown': {
        const { beginBlindSend } = await import('./blind/blind-send')
        return beginBlindSend(this.#delivery, this.#rsync, this.#context)
      }
      default:
        return new ClaimedSend(claim, this.#delivery, this.#session, this.#rsync)
    }
  }
}
