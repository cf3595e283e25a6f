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

/** Milliseconds in which the message comes that a signature belongs to. */
const DELIVERY = 10 * 60_000

/** What is known of an inbox: names, but for the hidden ones. */
export interface Found {
  readonly folder: string
  readonly messages: readonly string[]
  readonly signatures: ReadonlySet<string>
  /** Signatures without a message, not of a delivery that is under way. */
  readonly orphans: readonly string[]
  readonly conflicts: readonly string[]
  readonly waiting: readonly string[]
}

/** The inbox, or why it cannot be read. Throws Failure under HALT, if `judge` does. */
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

/** What file systems of other machines do not take in a name, or a synchroniser changes. */
const FORBIDDEN = /[<>:"|?*\\\x00-\x1f]/
/** Names of devices on Windows, with any suffix. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/** What synchronisers call the loser where a file was changed on two machines: Syncthing, Dropbox, Nextcloud. */
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

/** The same name for a system that keeps apart neither upper and lower case nor the two ways to write an accent. */
export function foldedName(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** Bytes that are read of one inbox to compare messages. */
const MOST_BYTES = 64 * 1024 * 1024

/** Messages that another one is identical to, and whether all could be compared. */
interface Twins {
  /** Paths of those in `waiting` that come after an identical one. */
  readonly later: readonly string[]
  readonly isComplete: boolean
}

/** Compares messages byte by byte; only those of one size are read. `earlier` are paths of messages that do not wait. */
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
