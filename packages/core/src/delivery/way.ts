import { signatureName } from '../message/message-name'
import type { Peer } from '../peers/peers-file'

/** What is delivered to which peer, under the first free of which names. */
export interface RemoteDelivery {
  readonly peer: Peer
  /** As peers.toml has it: `~` is the peer's home (contract B10). */
  readonly inbox: string
  readonly message: Uint8Array
  readonly signature: Uint8Array | undefined
  readonly names: readonly [string, ...string[]]
  /** A try before may have brought it there, whole or in part (contract C2). */
  readonly again?: true
  /** Further tries for each of the two files. */
  readonly retries: number
  /** Whether a connection of our own may be shared, where that has been asked already (contract C20). */
  readonly mayShare?: Promise<boolean> | undefined
  /** Throws to stop before the next step, and during every wait. */
  beforeStep(): void
}

/** What is brought, one after the other. */
export type Part = 'signature' | 'message'

/** Why a file did not get to the peer; `hopeless` where another try would end the same. */
export interface PushFailure {
  readonly error: string
  readonly hopeless?: true
  /** It was ended for the sake of HALT (contract B37). */
  readonly halted?: true
}

export const NO_NAME: PushFailure = { error: 'no name is free on the peer', hopeless: true }

/** How a try gets a message to a peer, under a name that no other sender gets. */
export interface Way {
  /** The name that is tried, or was tried last. */
  readonly name: string
  /** Whether anything of ours is on the peer. Otherwise the next try may choose another way. */
  readonly hasBrought: boolean
  bring(part: Part): Promise<PushFailure | undefined>
  /** Has the peer bring what has arrived to its disk, as far as it lets us. */
  flush(): Promise<PushFailure | undefined>
  /** Nothing is brought any more. */
  end(): void
}

/** A file as it is to lie on the peer. */
export interface PeerFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** A part of the delivery under the message's name there. An unsigned message has no signature. */
export function fileOf(delivery: RemoteDelivery, part: 'message', name: string): PeerFile
export function fileOf(delivery: RemoteDelivery, part: Part, name: string): PeerFile | undefined
export function fileOf(delivery: RemoteDelivery, part: Part, name: string): PeerFile | undefined {
  const bytes = delivery[part]
  return bytes && { name: part === 'message' ? name : signatureName(name), bytes }
}
