import { listNamesIfReadable } from '../fs/folder'
import { namesInDone } from '../inbox/done-folder'
import { DONE_FOLDER } from '../inbox/done-name'
import type { Header } from '../message/header'
import { readFileHead } from '../message/message-head'
import { isStamped, MESSAGE_SUFFIX } from '../message/message-name'
import { parseInteger } from '../text/python-text'
import { toPath } from '../text/raw-name'

/** A folder of messages and the names of the files in it. */
export interface Listing {
  readonly folder: string
  readonly names: readonly string[]
}

/** What some folders hold of each conversation. Heads are read when they are needed, and once. */
export interface KnownConversations {
  /** Whether any message of the conversation is there. */
  isKnown(conversation: string): boolean
  /** The highest SEQUENCE there is in it; undefined where there is none. */
  highestSequence(conversation: string): bigint | undefined
}

/** The files of inboxes and of their `done/`; of a folder that cannot be read, none. */
export function listConversations(inboxes: readonly string[]): Listing[] {
  return [...new Set(inboxes)].flatMap((inbox) => [
    { folder: inbox, names: listNamesIfReadable(inbox) },
    { folder: `${inbox}/${DONE_FOLDER}`, names: namesInDone(inbox) },
  ])
}

/**
 * Finds the messages of a conversation by their names, which end with it, and confirms that by their heads. A name
 * without a stamp tells nothing: of those every head is read.
 */
export function knownConversations(listings: readonly Listing[]): KnownConversations {
  const { stamped, others } = sortOut(listings)
  const heads = new Map<string, Header | undefined>()
  const headOf = (path: string): Header | undefined => {
    if (!heads.has(path)) heads.set(path, headerIfReadable(path))
    return heads.get(path)
  }
  const messagesOf = function* (conversation: string): Generator<Header> {
    const named = stamped.get(lastWord(conversation)) ?? []
    const fitting = named.filter(({ stem }) => stem.endsWith(`-${conversation}`))
    for (const { path } of [...fitting, ...others]) {
      const header = headOf(path)
      if (header?.get('CONVERSATION_ID') === conversation) yield header
    }
  }
  return {
    isKnown: (conversation) => messagesOf(conversation).next().done !== true,
    highestSequence(conversation) {
      let highest: bigint | undefined
      for (const header of messagesOf(conversation)) {
        const sequence = parseInteger(header.get('SEQUENCE') ?? '')
        if (sequence !== undefined && (highest === undefined || sequence > highest)) highest = sequence
      }
      return highest
    },
  }
}

/** `stem` is the name without its suffix. */
interface Named {
  readonly path: string
  readonly stem: string
}

interface SortedOut {
  /** By the last word of the stem: thousands of names need not be compared with each `-2`, `-3`, …. */
  readonly stamped: ReadonlyMap<string, readonly Named[]>
  readonly others: readonly { readonly path: string }[]
}

function sortOut(listings: readonly Listing[]): SortedOut {
  const stamped = new Map<string, Named[]>()
  const others: { path: string }[] = []
  for (const { folder, names } of listings) {
    for (const name of names) {
      if (!name.endsWith(MESSAGE_SUFFIX)) continue
      const path = `${folder}/${name}`
      if (!isStamped(name)) others.push({ path })
      else for (const stem of stemsOf(name)) add(stamped, lastWord(stem), { path, stem })
    }
  }
  return { stamped, others }
}

/** In `done/` a second message of one name is numbered: `NAME.2.org`. Its stem is that of NAME, or its own. */
function stemsOf(name: string): string[] {
  const stem = name.slice(0, -MESSAGE_SUFFIX.length)
  const numbered = /^(.+)\.\d+$/.exec(stem)?.[1]
  return numbered === undefined ? [stem] : [stem, numbered]
}

function lastWord(text: string): string {
  return text.slice(text.lastIndexOf('-') + 1)
}

function add(map: Map<string, Named[]>, key: string, value: Named): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}

/** A neighbour that cannot be read is not counted: that is no reason to fail. */
function headerIfReadable(path: string): Header | undefined {
  try {
    return readFileHead(toPath(path)).header
  } catch {
    return undefined
  }
}
