import { signatureName } from '../message/message-name'
import type { Peer } from '../peers/peers-file'

/** The message to deliver, its peer, and the names, of which the first free one is used. */
export interface RemoteDelivery {
  readonly peer: Peer
  /** As peers.toml has it: `~` is the peer's home (contract B10). */
  readonly inbox: string
  readonly message: Uint8Array
  readonly signature: Uint8Array | undefined
  readonly names: readonly [string, ...string[]]
  /** The sending project, if what it sent before is to be looked at (contract C18). */
  readonly sender?: string
  /** An earlier try may have delivered it, whole or in part (contract C2). */
  readonly again?: true
  /** Further tries for each of the two files. */
  readonly retries: number
  /** Whether we may share our own connection, if this was already checked (contract C20). */
  readonly mayShare?: Promise<boolean> | undefined
  /** Throws to stop before the next step, and during every wait. */
  beforeStep(): void
}

/** The parts to deliver, one after the other. */
export type Part = 'signature' | 'message'

/** Why a file did not reach the peer; `hopeless` if another try would fail the same way. */
export interface PushFailure {
  readonly error: string
  readonly hopeless?: true
  /** HALT ended it (contract B37). */
  readonly halted?: true
}

export const NO_NAME: PushFailure = { error: 'no name is free on the peer', hopeless: true }

/** How a try delivers a message to a peer, under a name that no other sender gets. */
export interface Way {
  /** The name being tried, or the last one tried. */
  readonly name: string
  /** Whether anything of ours is on the peer. Otherwise the next try may choose another way. */
  readonly hasBrought: boolean
  bring(part: Part): Promise<PushFailure | undefined>
  /** Has the peer flush the delivered files to its disk, if it allows that. */
  flush(): Promise<PushFailure | undefined>
  /** Nothing more is delivered. */
  end(): void
}

/** A file as it is to lie on the peer. */
export interface PeerFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** A part of the delivery, under the message's name on the peer. An unsigned message has no signature. */
export function fileOf(delivery: RemoteDelivery, part: 'message', name: string): PeerFile
export function fileOf(delivery: RemoteDelivery, part: Part, name: string): PeerFile | undefined
export function fileOf(delivery: RemoteDelivery, part: Part, name: string): PeerFile | undefined {
  const bytes = delivery[part]
  return bytes && { name: part === 'message' ? name : signatureName(name), bytes }
}
