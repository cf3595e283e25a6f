import { lstatSync } from 'node:fs'
import { liveBrake } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { Failure } from '@cac/core/command/failure'
import type { Route } from '@cac/core/delivery/destination'
import {
  type Checks,
  type KnownConversations,
  knownConversations,
} from '@cac/core/delivery/known-conversations'
import { removeStaleTemps } from '@cac/core/delivery/local'
import type { Message } from '@cac/core/delivery/read-message'
import { LONG_WAIT } from '@cac/core/delivery/unattended'
import { joinPath } from '@cac/core/fs/paths'
import { reasonOf } from '@cac/core/fs/system-error'
import { lastTaken } from '@cac/core/mailbox/last-taken'
import { type Listing, listInbox } from '@cac/core/mailbox/listing'
import { isVisibleMessage, mayBeFrom, secondInName } from '@cac/core/message/message-name'
import { parseInteger } from '@cac/core/text/python-text'
import { toPath } from '@cac/core/text/raw-name'

/** The messages of this machine that the conversation may have: in the receivers' inboxes and the sender's. */
export class NearbyMessages {
  readonly #receiving: readonly string[]
  readonly #own: readonly string[]
  #listings: readonly Listing[] | undefined
  #conversations: KnownConversations | undefined

  readonly #checks: Checks

  /** The routes of one sender. */
  constructor(routes: readonly Route[], context: Context) {
    this.#receiving = routes.flatMap(({ destination, inbox }) =>
      destination.peer === undefined ? [inbox] : [],
    )
    this.#own = routes.flatMap(({ sender: { project }, places }) =>
      project === undefined ? [] : [places.projects.inbox(project)],
    )
    this.#checks = checksOf(context)
  }

  /** The first use lists the inboxes. */
  get conversations(): KnownConversations {
    this.#conversations ??= knownConversations(this.#list(), this.#checks)
    return this.#conversations
  }

  /** Advises on the sequence (A4). Advice is no reason to fail, but HALT is. */
  async adviseOnSequence(message: Message, context: Context): Promise<void> {
    try {
      const advice = await sequenceAdvice(message, this.conversations)
      if (advice !== undefined) context.err(advice)
    } catch (error) {
      if (error instanceof Failure) throw error
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

  /**
   * Whether an earlier message of this sender may have waited for long in the receiver's inbox, and nobody has taken
   * anything there since (contract C18). Nearly always the names alone deny it. `now` in milliseconds.
   */
  mayBeUnattended({ sender, inbox }: Pick<Route, 'sender' | 'inbox'>, now: number): boolean {
    const listing = this.#listings?.find(({ folder, place }) => place === 'inbox' && folder === inbox)
    const old = listing?.names.filter((name) => mayBeFrom(name, sender.name) && isOld(name, now)) ?? []
    if (listing === undefined || old.length === 0) return false
    const taken = lastTaken(inbox, listing.names) ?? 0
    return old.some((name) => {
      const arrived = lstatSync(toPath(joinPath(inbox, name)), { throwIfNoEntry: false })?.ctimeMs
      return arrived !== undefined && arrived > taken && now - arrived > LONG_WAIT
    })
  }

  #list(): readonly Listing[] {
    const inboxes = new Set([...this.#receiving, ...this.#own])
    this.#listings ??= [...inboxes].flatMap((inbox) => [...listInbox(inbox)])
    return this.#listings
  }
}

/**
 * Advice where SEQUENCE is not one more than the highest known of its conversation (A4); else undefined. Rejected with
 * Failure under HALT.
 */
async function sequenceAdvice(
  { header, conversation }: Message,
  known: KnownConversations,
): Promise<string | undefined> {
  const own = header.get('SEQUENCE') ?? ''
  const number = parseInteger(own)
  const seeming = known.seemingSequence(conversation)
  // Nearly always it is right, and nothing need be verified.
  if (seeming === undefined || number === seeming + 1n) return undefined
  const highest = await known.highestSequence(conversation)
  if (highest === undefined || number === highest + 1n) return undefined
  return `advice: SEQUENCE is ${own}, but the highest seen in conversation ${conversation} is ${highest}; the next would be ${highest + 1n}`
}

/** The verifying modules are loaded only if there is something to verify: most messages begin a conversation. */
function checksOf(context: Context): Checks {
  let isGenuine: Promise<Checks['isGenuine']> | undefined
  return {
    async isGenuine(path, header) {
      isGenuine ??= import('@cac/core/delivery/genuine').then(({ genuineness }) =>
        genuineness(context, liveBrake(context)),
      )
      return (await isGenuine)(path, header)
    },
    tell: onlyOnce(context.err),
  }
}

/** By its name: when it came may be later. */
function isOld(name: string, now: number): boolean {
  const named = isVisibleMessage(name) ? secondInName(name) : undefined
  return named !== undefined && now - named > LONG_WAIT
}

function onlyOnce(err: (line: string) => void): (line: string) => void {
  const said = new Set<string>()
  return (line) => {
    if (!said.has(line)) err(line)
    said.add(line)
  }
}
