import type { Context } from '@cac/core/command/context'
import {
  type KnownConversations,
  knownConversations,
  type Listing,
  listConversations,
} from '@cac/core/delivery/known-conversations'
import type { Message } from '@cac/core/delivery/read-message'
import { sequenceAdvice } from '@cac/core/delivery/sequence-advice'
import { removeStaleTemps } from '@cac/core/delivery/stale-temps'
import { reasonOf } from '@cac/core/fs/system-error'
import type { Route } from './outgoing'

/** The messages of this machine that the conversation may have: in the receiver's inbox and the sender's. */
export class NearbyMessages {
  readonly #receiving: readonly string[]
  readonly #own: readonly string[]
  #listings: readonly Listing[] | undefined
  #conversations: KnownConversations | undefined

  constructor({ sender, destination, inbox, places }: Route) {
    this.#receiving = destination.peer === undefined ? [inbox] : []
    this.#own = sender.project === undefined ? [] : [places.projects.inbox(sender.project)]
  }

  /** The inboxes are listed when this is first asked for. */
  get conversations(): KnownConversations {
    this.#conversations ??= knownConversations(this.#list())
    return this.#conversations
  }

  /** Advises on the sequence (A4). Advice is no reason to fail. */
  adviseOnSequence(message: Message, context: Context): void {
    try {
      const advice = sequenceAdvice(message, this.conversations)
      if (advice !== undefined) context.err(advice)
    } catch (error) {
      context.err(`no advice on SEQUENCE: ${reasonOf(error)}`)
    }
  }

  /** Clears away what killed senders left in the receiver's inbox. */
  removeStaleTemps(context: Context): void {
    try {
      for (const { folder, names } of this.#list())
        if (this.#receiving.includes(folder)) removeStaleTemps(folder, names, context.home, context.now())
    } catch (error) {
      context.err(`cannot clear away old files: ${reasonOf(error)}`)
    }
  }

  #list(): readonly Listing[] {
    this.#listings ??= listConversations([...this.#receiving, ...this.#own])
    return this.#listings
  }
}
