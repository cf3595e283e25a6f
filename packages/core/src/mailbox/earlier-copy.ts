import { statSync } from 'node:fs'
import { surelyHoldsBytes } from '../fs/files'
import { listNames, listNamesIfThere } from '../fs/folder'
import { fileName, folderOf } from '../fs/paths'
import type { Snapshot } from '../fs/snapshot'
import { ASIDE_FOLDER, DONE_FOLDER, inboxOf, mayBelongTo, movedFolderOf } from '../message/done-name'
import type { Header } from '../message/header'
import { isMessageName, isStamped, MESSAGE_SUFFIX } from '../message/message-name'
import { compareText } from '../text/python-text'
import { toPath } from '../text/raw-name'
import { folderWithin } from './listing'
import type { Verifier } from './verify'

/** A message with the same bytes in the same inbox that comes before ours. */
interface Copy {
  /** Relative to the inbox. */
  readonly name: string
  readonly path: string
}

interface Candidate extends Copy {
  /** Milliseconds since the epoch. */
  readonly modified: number
}

/** The name of an identical message that is earlier or done. `neighbours` are all names in the folder, if known. */
export async function verifiedCopy(
  message: Snapshot,
  header: Header,
  neighbours: readonly string[] | undefined,
  verify: Verifier,
): Promise<string | undefined> {
  // In this order: a message that is being finished is in done/ before it leaves the inbox.
  return (
    (await firstVerified(earlierCopies(message, neighbours), verify)) ??
    (await firstVerified(doneCopies(message, header.get('CONVERSATION_ID') ?? ''), verify))
  )
}

/** A rejected copy must not block another one. */
async function firstVerified(copies: readonly Copy[], verify: Verifier): Promise<string | undefined> {
  for (const { name, path } of copies) {
    if (!('distrust' in (await verify(path)))) return name
  }
  return undefined
}

/**
 * The identical messages that come before `message`, earliest first. Exactly one of any number of copies comes first at
 * any time: that one is to be processed (contract B1). `names` are all in its folder.
 */
function earlierCopies(
  message: Snapshot,
  names: readonly string[] = listNames(folderOf(message.path)),
): Copy[] {
  const folder = folderOf(message.path)
  // Nothing in aside/ makes a copy a duplicate (contract C22).
  if (movedFolderOf(message.path) === ASIDE_FOLDER) return []
  const own = candidate(folder, fileName(message.path), message.bytes.length)
  if (own === undefined) return []
  const copies: Candidate[] = []
  for (const name of names) {
    if (!isWholeName(name) || name === own.name) continue
    // Most names alone show that they come later: their files need no check.
    const order = orderOfNames(name, own.name)
    if (order !== undefined && order > 0) continue
    const other = candidate(folder, name, message.bytes.length)
    if (other === undefined || (order === undefined && !comesBefore(other, own))) continue
    // An unreadable copy does not count: processing twice is better than never.
    if (surelyHoldsBytes(other.path, message.bytes)) copies.push(other)
  }
  return copies.sort((a, b) => (comesBefore(a, b) ? -1 : 1))
}

/**
 * The identical messages in the same inbox that are done: a handled message stays handled (contract C14). A stamped
 * name ends with the conversation, so few files are read. Throws if `done/` exists and cannot be read.
 */
function doneCopies(message: Snapshot, conversation: string): Copy[] {
  const isAside = movedFolderOf(message.path) === ASIDE_FOLDER
  const inbox = isAside ? inboxOf(message.path) : folderOf(message.path)
  const folder = folderWithin(inbox, DONE_FOLDER)
  if (folder === undefined) return []
  return listNamesIfThere(folder)
    .filter((name) => isWholeName(name) && mayBelongTo(name, conversation))
    .flatMap((name) => candidate(folder, name, message.bytes.length) ?? [])
    .filter(({ path }) => surelyHoldsBytes(path, message.bytes))
    .map(({ name, path }) => ({ name: `${DONE_FOLDER}/${name}`, path }))
}

/** A name with something before its suffix. */
function isWholeName(name: string): boolean {
  return isMessageName(name) && name !== MESSAGE_SUFFIX
}

/** Checks the size first: files of another size are not read. */
function candidate(folder: string, name: string, size: number): Candidate | undefined {
  const path = `${folder}/${name}`
  try {
    const stats = statSync(toPath(path))
    return stats.isFile() && stats.size === size ? { name, path, modified: stats.mtimeMs } : undefined
  } catch {
    return undefined
  }
}

function comesBefore(a: Candidate, b: Candidate): boolean {
  return (orderOfNames(a.name, b.name) ?? (a.modified - b.modified || compareText(a.name, b.name))) < 0
}

/**
 * Stamped names come first, by name. Hidden names come last, because no agent reads them. Undefined for other names:
 * these are ordered by modification time, then name.
 */
function orderOfNames(a: string, b: string): number | undefined {
  const rank = rankOf(a)
  const order = rank - rankOf(b)
  if (order !== 0) return order
  return rank === 0 ? compareText(a, b) : undefined
}

function rankOf(name: string): number {
  return name.startsWith('.') ? 2 : isStamped(name) ? 0 : 1
}
