import { mayBelongTo } from '../message/done-name'
import { isStamped, isVisibleMessage } from '../message/message-name'
import { compareText } from '../text/python-text'
import { entryReader, type FoundEntry } from './entry'
import { type Judge, stillWaiting } from './judge'
import { RELEASE } from './pending'

/** Stamped messages to check one by one. If none of them waits, reading all heads is cheaper. */
const ONE_BY_ONE = 8

/**
 * The first message file that waits in an inbox: stamped ones by name, then the others by modification time and name
 * (contract C13). In a large inbox it reads only heads that may show whether the first is released: a stamped name ends
 * with its conversation. `names` are all in the inbox. With a sieve, it passes over what that holds back. Throws Failure
 * under HALT.
 */
export async function nextMessage(
  inbox: string,
  judge: Judge,
  names: readonly string[],
  sieve?: Sieve,
): Promise<FoundEntry | undefined> {
  const filesOf = fileReader(inbox)
  const releasesIn = (those: readonly string[]) => filesOf(those, ({ type }) => type === RELEASE)
  const visible = names.filter(isVisibleMessage)
  const stamped = visible.filter(isStamped)
  const unstamped = once(() => releasesIn(visible.filter((name) => !isStamped(name))))
  const isWaiting = async (entry: FoundEntry) => {
    const { name, conversation } = entry
    if (conversation === undefined) return true
    const others = stamped.filter((other) => other !== name && mayBelongTo(other, conversation))
    // Keeps only the releases of a conversation: thousands of other messages would fill the memory.
    const waiting = await stillWaiting([entry, ...releasesIn(others), ...unstamped()], inbox, judge)
    return waiting.includes(entry)
  }
  if (sieve === undefined) {
    for (const first of filesOf(smallest(stamped, ONE_BY_ONE))) if (await isWaiting(first)) return first
    return inOrder(await stillWaiting(filesOf(visible), inbox, judge))[0]
  }
  const { admits, isFree } = sieve
  let checked = 0
  for (const name of stamped.filter(admits).sort(compareText)) {
    const [entry] = filesOf([name])
    if (entry === undefined || !(await isFree(entry))) continue
    if (await isWaiting(entry)) return entry
    if (++checked === ONE_BY_ONE) break
  }
  if (!visible.some(admits)) return undefined
  for (const entry of inOrder(await stillWaiting(filesOf(visible), inbox, judge)))
    if (admits(entry.name) && (await isFree(entry))) return entry
  return undefined
}

/** Tells which messages of an inbox are for this caller, as far as others are concerned (contract C21). */
export interface Sieve {
  /** By the name alone: of what is not admitted, no head is read. */
  admits(name: string): boolean
  isFree(entry: FoundEntry): boolean | Promise<boolean>
}

/** The message files among the names in an inbox, except hidden ones. */
export function entriesIn(inbox: string, names: readonly string[]): FoundEntry[] {
  return fileReader(inbox)(names.filter(isVisibleMessage))
}

function fileReader(inbox: string) {
  const entryOf = entryReader(inbox)
  return (names: readonly string[], isWanted: (entry: FoundEntry) => boolean = () => true): FoundEntry[] => {
    const found: FoundEntry[] = []
    for (const name of names) {
      const entry = entryOf(name)
      if (entry?.isFile && isWanted(entry)) found.push(entry)
    }
    return found
  }
}

/** The waiting messages, in the order to handle them. */
export function inOrder<Found extends Pick<FoundEntry, 'name' | 'modified'>>(
  found: readonly Found[],
): Found[] {
  return [...found].sort((a, b) => {
    const [first, second] = [isStamped(a.name), isStamped(b.name)]
    if (first !== second) return first ? -1 : 1
    return (first ? 0 : a.modified - b.modified) || compareText(a.name, b.name)
  })
}

/** The first names in order: sorting thousands takes longer than all other work. */
function smallest(names: readonly string[], count: number): string[] {
  const found: string[] = []
  for (const name of names) {
    const last = found[count - 1]
    if (last !== undefined && compareText(name, last) > 0) continue
    found.push(name)
    found.sort(compareText)
    found.length = Math.min(found.length, count)
  }
  return found
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
