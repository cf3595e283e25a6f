import { fileName, folderOf } from '../fs/paths'
import { endOfName, fitsFileSystem, isStamped, MESSAGE_SUFFIX, STAMP_LENGTH } from './message-name'

/** Where messages lie that are done with, within an inbox (contract C14). */
export const DONE_FOLDER = 'done'
/** Where messages lie that were put aside: they do not wait, but are not done either (contract C22). */
export const ASIDE_FOLDER = 'aside'
/** The folders within an inbox for messages that no longer wait. Names are changed alike in both. */
export type MovedFolder = typeof DONE_FOLDER | typeof ASIDE_FOLDER
export const MOVED_FOLDERS: readonly MovedFolder[] = [DONE_FOLDER, ASIDE_FOLDER]
/** Before a name in `done/` that would otherwise promise what it does not keep. */
const DONE_PREFIX = 'done-'
/** The end of a name that `done/` gave a number. */
const NUMBERED = /\.\d+\.org$/

/** Which of these folders of an inbox a path lies in; undefined if in none. */
export function movedFolderOf(path: string): MovedFolder | undefined {
  const name = fileName(folderOf(path))
  return MOVED_FOLDERS.find((folder) => folder === name)
}

/** The inbox that a message belongs to, also where it lies in its `done/` or `aside/`. */
export function inboxOf(path: string): string {
  return movedFolderOf(path) === undefined ? folderOf(path) : folderOf(folderOf(path))
}

/**
 * Whether a message keeps its name in `done/`. There a stamped name ends with its conversation, so that a
 * conversation is found by names; and only names that were changed begin with `done-`.
 */
export function keepsName(name: string, conversation: string | undefined): boolean {
  if (isStamped(name)) return conversation !== undefined && name.endsWith(endOfName(conversation))
  return !name.startsWith(DONE_PREFIX)
}

/** The name of a message in `done/`; `number` tells several of one name apart, the first is 1. */
export function nameInDone(name: string, isKept: boolean, number: number): string {
  const stem = name.slice(0, -MESSAGE_SUFFIX.length)
  const end = (number === 1 ? '' : `.${number}`) + MESSAGE_SUFFIX
  if (isKept && fitsFileSystem(stem + end)) return stem + end
  const characters = Array.from(stem)
  while (!fitsFileSystem(DONE_PREFIX + characters.join('') + end)) characters.pop()
  return DONE_PREFIX + characters.join('') + end
}

/** Both names that a message may have in `done/`: its own, and the one for what does not keep it. */
export function namesInDoneOf(name: string, number: number): [string, string] {
  return [nameInDone(name, true, number), nameInDone(name, false, number)]
}

/** What follows the stamp in the second of these. */
export function endOfChangedName(name: string): string {
  return nameInDone(name, false, 1).slice(DONE_PREFIX.length + STAMP_LENGTH)
}

/** Whether a name in `done/` can be that of a message of this conversation. */
export function mayBelongTo(name: string, conversation: string): boolean {
  return !isStamped(name) || withoutNumber(name, conversation) !== undefined
}

/** The name that a message in `done/` came with, unless that was too long to be kept whole. */
export function nameBeforeDone(name: string, conversation: string): string {
  if (name.startsWith(DONE_PREFIX)) return name.slice(DONE_PREFIX.length)
  return withoutNumber(name, conversation) ?? name
}

/** The name that a message came with, whether it lies in an inbox or in its `done/` or `aside/`. */
export function nameBefore(path: string, conversation: string): string {
  const name = fileName(path)
  return movedFolderOf(path) === undefined ? name : nameBeforeDone(name, conversation)
}

/**
 * The canonical name that a message came with, also where it is not known whether it lies in `done/`. A name that was
 * not canonical stays as it is.
 */
export function canonicalNameBefore(name: string, conversation: string): string {
  const bare = name.startsWith(DONE_PREFIX) ? name.slice(DONE_PREFIX.length) : name
  return isStamped(bare) ? (withoutNumber(bare, conversation) ?? bare) : name
}

/** What a name in `done/` begins with, before the suffix: with the number that it may have got there, and without. */
export function stemsOf(name: string): string[] {
  const stem = name.slice(0, -MESSAGE_SUFFIX.length)
  const bare = /^(.+)\.\d+$/.exec(stem)?.[1]
  return bare === undefined ? [stem] : [stem, bare]
}

/** The name without the number that `done/` gave it; undefined unless it then ends with the conversation. */
function withoutNumber(name: string, conversation: string): string | undefined {
  const end = endOfName(conversation)
  if (name.endsWith(end)) return name
  // Thousands of names are asked: few of them end with a number.
  if (!NUMBERED.test(name)) return undefined
  const bare = name.replace(NUMBERED, MESSAGE_SUFFIX)
  return bare.endsWith(end) ? bare : undefined
}
