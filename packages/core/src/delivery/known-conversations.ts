import type { Listing } from '../mailbox/listing'
import { stemsOf } from '../message/done-name'
import type { Header } from '../message/header'
import { headIfReadable } from '../message/message-head'
import { isMessageName, isStamped } from '../message/message-name'
import { parseInteger } from '../text/python-text'

/** The messages of each conversation in some folders. Each head is read once, when needed. */
export interface KnownConversations {
  /** Whether any message of the conversation exists. */
  isKnown(conversation: string): boolean
  /**
   * The conversation's highest SEQUENCE among messages that recv would accept; undefined if there is none (contract
   * B65). Rejected with Failure under HALT.
   */
  highestSequence(conversation: string): Promise<bigint | undefined>
  /** The highest among all messages, whoever wrote them: for uses where an error costs nothing. */
  seemingSequence(conversation: string): bigint | undefined
}

/** The checks for messages of others. */
export interface Checks {
  /** Whether a trusted person signed a message with this header. */
  isGenuine(path: string, header: Header): Promise<boolean>
  /** Takes a line for the user. */
  tell(line: string): void
}

/** The most digits of a valid SEQUENCE: a longer one is an attack. */
const MOST_DIGITS = 18

/**
 * Finds the messages of a conversation by their names, which end with it, and confirms each by its head. For names
 * without a stamp, it reads every head.
 */
export function knownConversations(
  listings: readonly Listing[],
  { isGenuine, tell }: Checks,
): KnownConversations {
  const { stamped, others } = sortOut(listings)
  const heads = new Map<string, Header | undefined>()
  const headOf = (path: string): Header | undefined => {
    // A neighbour that cannot be read is not counted: it is no reason to fail.
    if (!heads.has(path)) heads.set(path, headIfReadable(path)?.header)
    return heads.get(path)
  }
  const messagesOf = function* (conversation: string): Generator<Known> {
    const named = stamped.get(lastWord(conversation)) ?? []
    const fitting = named.filter(({ stem }) => stem.endsWith(`-${conversation}`))
    for (const { path } of [...fitting, ...others]) {
      const header = headOf(path)
      if (header?.get('CONVERSATION_ID') === conversation) yield { path, header }
    }
  }
  const numberedOf = (conversation: string): Numbered[] => {
    const all = [...messagesOf(conversation)].flatMap(({ path, header }) => {
      const sequence = parseInteger(header.get('SEQUENCE') ?? '')
      return sequence === undefined || sequence < 0n ? [] : [{ path, header, sequence }]
    })
    const numbered = all.filter(({ sequence }) => hasFewDigits(sequence))
    const ignored = all.length - numbered.length
    if (ignored > 0)
      tell(
        `ignored in conversation ${conversation}: ${ignored} with a SEQUENCE of more than ${MOST_DIGITS} digits`,
      )
    return numbered.sort((a, b) => (a.sequence < b.sequence ? 1 : a.sequence > b.sequence ? -1 : 0))
  }
  return {
    isKnown: (conversation) => messagesOf(conversation).next().done !== true,
    seemingSequence: (conversation) => numberedOf(conversation)[0]?.sequence,
    async highestSequence(conversation) {
      for (const { path, header, sequence } of numberedOf(conversation))
        if (await isGenuine(path, header)) return sequence
      return undefined
    },
  }
}

/** Whether a SEQUENCE is short enough for people and programs to count with. */
export function hasFewDigits(sequence: bigint): boolean {
  return sequence < 10n ** BigInt(MOST_DIGITS)
}

interface Known {
  readonly path: string
  readonly header: Header
}

interface Numbered extends Known {
  readonly sequence: bigint
}

/** `stem` is the name without its suffix. */
interface Named {
  readonly path: string
  readonly stem: string
}

interface SortedOut {
  /** By the last word of the stem, so that thousands of names need not be compared with each `-2`, `-3`, …. */
  readonly stamped: ReadonlyMap<string, readonly Named[]>
  readonly others: readonly { readonly path: string }[]
}

function sortOut(listings: readonly Listing[]): SortedOut {
  const stamped = new Map<string, Named[]>()
  const others: { path: string }[] = []
  for (const { folder, names } of listings) {
    for (const name of names) {
      if (!isMessageName(name)) continue
      const path = `${folder}/${name}`
      if (!isStamped(name)) others.push({ path })
      else for (const stem of stemsOf(name)) add(stamped, lastWord(stem), { path, stem })
    }
  }
  return { stamped, others }
}

function lastWord(text: string): string {
  return text.slice(text.lastIndexOf('-') + 1)
}

function add(map: Map<string, Named[]>, key: string, value: Named): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}
