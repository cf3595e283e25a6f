import { createHash } from 'node:crypto'
import { lstatSync, statSync } from 'node:fs'
import { listNames } from '../fs/folder'
import { LARGEST_MESSAGE, takeSnapshot } from '../fs/snapshot'
import { reasonOf } from '../fs/system-error'
import type { Judge } from '../mailbox/judge'
import { Mailbox } from '../mailbox/mailbox'
import { isMessageName, isSignatureName, signedName } from '../message/message-name'
import type { Inbox } from '../project/projects'
import { sortText } from '../text/python-text'
import { toPath } from '../text/raw-name'

/** Milliseconds within which a message follows its signature. */
const DELIVERY = 10 * 60_000

/** The names in an inbox, without hidden ones. */
export interface Found {
  readonly folder: string
  readonly messages: readonly string[]
  readonly signatures: ReadonlySet<string>
  /** Signatures without a message. Excludes deliveries in progress. */
  readonly orphans: readonly string[]
  readonly conflicts: readonly string[]
  readonly waiting: readonly string[]
}

/** Reads an inbox, or returns why it cannot be read. Throws Failure under HALT, if `judge` does. */
export async function readInbox(inbox: Inbox, now: number, judge: Judge): Promise<Found | string> {
  const { folder } = inbox
  let names: string[]
  try {
    names = sortText(listNames(folder).filter((name) => !name.startsWith('.')))
  } catch (error) {
    return `${folder} cannot be read: ${reasonOf(error)}`
  }
  const isMail = (name: string) => !isConflictCopy(name)
  const messages = names.filter((name) => isMessageName(name) && isMail(name))
  const signatures = new Set(names.filter((name) => isSignatureName(name) && isMail(name)))
  const there = new Set(messages)
  return {
    folder,
    messages,
    signatures,
    orphans: [...signatures].filter(
      (name) => !there.has(signedName(name)) && isOlder(`${folder}/${name}`, now - DELIVERY),
    ),
    conflicts: names.filter(isConflictCopy),
    waiting: (await new Mailbox([inbox], () => messages).waiting(judge)).map(({ name }) => name),
  }
}

function isOlder(path: string, moment: number): boolean {
  const stats = lstatSync(toPath(path), { throwIfNoEntry: false })
  return stats !== undefined && stats.mtimeMs < moment
}

/** Characters in a name that other file systems refuse or a synchroniser changes. */
const FORBIDDEN = /[<>:"|?*\\\x00-\x1f]/
/** Device names on Windows, with any suffix. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/** Names of conflict copies by Syncthing, Dropbox and Nextcloud. A file changed on two machines gets such a copy. */
const CONFLICT = /\.sync-conflict-\d{8}-\d{6}-|\bconflicted copy\b|_conflict-\d{8}-\d{6}/i

function isConflictCopy(name: string): boolean {
  return CONFLICT.test(name)
}

/** Why other systems cannot hold a name; undefined if they can. */
export function oddityOf(name: string): string | undefined {
  if (!name.isWellFormed()) return 'is not UTF-8'
  const character = FORBIDDEN.exec(name)?.[0]
  if (character !== undefined) return `holds ${JSON.stringify(character)}`
  return DEVICE.test(name) ? 'is the name of a device' : undefined
}

/** The name as a system sees it that ignores case and the two ways to encode an accent. */
export function foldedName(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** Most bytes that are read from one inbox to compare messages. */
const MOST_BYTES = 64 * 1024 * 1024

/** Messages that are identical to an earlier one, and whether all could be compared. */
interface Twins {
  /** Paths from `waiting` that follow an identical message. */
  readonly later: readonly string[]
  readonly isComplete: boolean
}

/** Compares the bytes of messages that have the same size. `earlier` holds paths of messages that do not wait. */
export function findTwins(waiting: readonly string[], earlier: readonly string[]): Twins {
  const sizes = new Map<number, string[]>()
  for (const path of [...earlier, ...waiting]) {
    const size = sizeOf(path)
    if (size === undefined || size > LARGEST_MESSAGE) continue
    const group = sizes.get(size)
    if (group === undefined) sizes.set(size, [path])
    else group.push(path)
  }
  const asked = new Set(waiting)
  const later: string[] = []
  let left = MOST_BYTES
  let isComplete = true
  for (const [size, paths] of sizes) {
    if (paths.length < 2 || !paths.some((path) => asked.has(path))) continue
    left -= size * paths.length
    if (left < 0) {
      isComplete = false
      break
    }
    later.push(...laterOnes(paths).filter((path) => asked.has(path)))
  }
  return { later, isComplete }
}

function laterOnes(paths: readonly string[]): string[] {
  const seen = new Set<string>()
  return paths.filter((path) => {
    const hash = hashOf(path)
    if (hash === undefined || !seen.has(hash)) {
      if (hash !== undefined) seen.add(hash)
      return false
    }
    return true
  })
}

function sizeOf(path: string): number | undefined {
  try {
    const stats = statSync(toPath(path))
    return stats.isFile() ? stats.size : undefined
  } catch {
    return undefined
  }
}

function hashOf(path: string): string | undefined {
  try {
    return createHash('sha256').update(takeSnapshot(path).bytes).digest('hex')
  } catch {
    return undefined
  }
}
