import { type BigIntStats, statSync } from 'node:fs'
import { NO_BRAKE } from '../brake/run-brake'
import type { Context } from '../command/context'
import { fileName } from '../fs/paths'
import { takeSnapshot } from '../fs/snapshot'
import { bareReason } from '../mailbox/bare-reason'
import { Budget } from '../mailbox/glance'
import { verifyClaim } from '../mailbox/verify'
import { trustStamp, vet } from '../mailbox/vet'
import { movedFolderOf, nameBefore } from '../message/done-name'
import { headerOfMessage } from '../message/message-head'
import { senderInName, signatureName } from '../message/message-name'
import { headerProblem, PROTOCOL_VERSION } from '../message/protocol'
import { toPath } from '../text/raw-name'
import type { MessageHappening, OutboxHappening } from './happening'
import type { InboxReading, OutboxMessage, Reading } from './reading'
import { type Told, textOf, withheld } from './told-text'

/**
 * How much is verified for what one look found: of ten thousand messages that come together, nearly all are told of
 * without their text.
 */
const LIMITS = { verifications: 32, refusals: 32, bytes: 32 * 1024 * 1024 }
/** Bytes. The text of a larger message that is being sent is not told. */
const LARGEST_OUTGOING = 1024 * 1024
/** The most messages whose text is remembered. */
const MOST_KNOWN = 1000

const SCRUTINY = { verifies: true, findsCopies: true, protocolVersion: PROTOCOL_VERSION }
const TOO_MANY = 'not verified: too many or too large came at once'
const GONE = 'it is gone'

interface Known {
  /** Changes with the bytes of the message or its signature, but not when both are moved. */
  readonly stamp: string
  readonly told: Promise<Told>
}

/** Finds what may be said of messages. Each is verified once, as long as its bytes and the trusted keys stay the same. */
export class Teller {
  readonly #context: Context
  readonly #known = new Map<string, Known>()
  readonly #outgoing = new Map<string, Promise<Told>>()
  readonly #names = new WeakMap<InboxReading, readonly string[]>()
  #budget = new Budget(LIMITS)
  #trust = ''

  constructor(context: Context) {
    this.#context = context
  }

  /** Call it before what a look found is told. */
  begin(happenings: Iterable<{ readonly event: string }>): void {
    this.#budget = new Budget(LIMITS)
    const trust = trustStamp(this.#context)
    if (trust !== this.#trust) this.#known.clear()
    this.#trust = trust
    // What is being sent lies in the outbox for a moment only.
    for (const happening of happenings) if (isSending(happening)) this.#note(happening)
  }

  async ofMessage(happening: MessageHappening, reading: Reading): Promise<Told> {
    const { file, path, event } = happening
    const known = this.#known.get(file)
    if (event === 'gone') {
      this.#known.delete(file)
      return known?.told ?? withheld(GONE)
    }
    const stamp = stampAt(path)
    if (stamp === undefined) return known?.told ?? withheld(GONE)
    if (known?.stamp === stamp) return known.told
    let isFinal = true
    const told = this.#vet(happening, reading, () => {
      isFinal = false
    })
    this.#remember(file, { stamp, told })
    await told
    if (!isFinal) this.#known.delete(file)
    return told
  }

  /** Of a message in the outbox, as it was when it came there. */
  ofOutgoing({ entry, event }: OutboxHappening): Promise<Told> {
    const told = this.#outgoing.get(entry) ?? Promise.resolve(withheld(GONE))
    if (event === 'sent') this.#outgoing.delete(entry)
    return told
  }

  async #vet({ path, inbox }: MessageHappening, reading: Reading, later: () => void): Promise<Told> {
    const neighbours = movedFolderOf(path) === undefined ? this.#namesIn(reading.inboxes.get(inbox)) : []
    const options = { scrutiny: SCRUTINY, budget: this.#budget, neighbours }
    const { is, header, signers, reason = GONE } = await vet(path, options, this.#context, NO_BRAKE)
    if (is === 'process') {
      const conversation = header.get('CONVERSATION_ID') ?? ''
      return textOf(header, signers, senderInName(nameBefore(path, conversation), conversation))
    }
    if (is === 'refused') return withheld(reason)
    later()
    return withheld(is === 'unjudged' ? `not verified: ${reason}` : TOO_MANY)
  }

  /** The names in an inbox, among which vet looks for copies. */
  #namesIn(inbox: InboxReading | undefined): readonly string[] {
    const known = inbox === undefined ? [] : this.#names.get(inbox)
    if (inbox === undefined || known !== undefined) return known ?? []
    const names = [...inbox.lying.keys()]
    this.#names.set(inbox, names)
    return names
  }

  #note({ entry, message }: OutboxHappening): void {
    this.#outgoing.set(entry, this.#verifyOutgoing(message))
  }

  /** Reads both files before it waits for anything. */
  async #verifyOutgoing({ path, name }: OutboxMessage): Promise<Told> {
    try {
      const { bytes } = takeSnapshot(path, LARGEST_OUTGOING)
      const header = headerOfMessage(bytes)
      const problem = header === undefined ? 'no header that can be read' : headerProblem(header)
      if (header === undefined || problem !== undefined) return withheld(bareReason(problem ?? '', []))
      if (!this.#budget.spend(bytes.length)) return withheld(TOO_MANY)
      const conversation = header.get('CONVERSATION_ID') ?? ''
      const claim = { path, bytes, conversation, from: header.get('FROM') }
      const found = await verifyClaim(claim, this.#context, NO_BRAKE)
      return 'distrust' in found
        ? withheld(bareReason(found.distrust, [...header.values(), fileName(path)]))
        : textOf(header, found.signers, senderInName(name, conversation))
    } catch {
      return withheld('it cannot be read')
    }
  }

  #remember(file: string, known: Known): void {
    this.#known.delete(file)
    this.#known.set(file, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest)
  }
}

function isSending(happening: { readonly event: string }): happening is OutboxHappening {
  return happening.event === 'sending'
}

/** Undefined if there is no such file. */
function stampAt(path: string): string | undefined {
  const [message, signature] = [path, signatureName(path)].map(statsOf)
  return message && [stampOf(message), signature && stampOf(signature)].join('\n')
}

function stampOf({ dev, ino, birthtimeNs, size, mtimeNs }: BigIntStats): string {
  return [dev, ino, birthtimeNs, size, mtimeNs].join(':')
}

function statsOf(path: string): BigIntStats | undefined {
  try {
    return statSync(toPath(path), { bigint: true, throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
