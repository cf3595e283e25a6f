import { Failure } from '../command/failure'
import { isTaken, makeFolder, remove, syncFolder } from '../fs/durable'
import { isFile } from '../fs/files'
import { folderOf } from '../fs/paths'
import { isUnchanged } from '../fs/snapshot'
import { hasCode, reasonOf } from '../fs/system-error'
import {
  DONE_FOLDER,
  inboxOf,
  keepsName,
  type MovedFolder,
  movedFolderOf,
  nameBefore,
  nameInDone,
} from '../message/done-name'
import { type Move, messageMissing, notMoved } from '../message/failures'
import { headerOfMessage } from '../message/message-head'
import { isMessageName, isSignatureName, MESSAGE_SUFFIX, signatureName } from '../message/message-name'
import { isSame, isSameFile, type Part, place, placePair, readPart, withdraw } from './place-pair'

/**
 * Moves a message and its signature into the `done/` (contract C14) or `aside/` (C22) of its inbox, durably, and returns
 * its new path. At each moment the message is in one of the two with its signature beside it. While it is in the inbox
 * and in `done/`, recv says dedup; while it is in the inbox and in `aside/`, it waits. Overwrites no file. Completes an
 * interrupted move, and leaves a message that lies there as it is. What was put aside may be finished, not the reverse.
 * Throws Failure. `path` is absolute.
 */
export function finishMessage(path: string, to: MovedFolder): string {
  try {
    if (!isFile(path)) return movedEarlier(path, to)
    requireMessageName(path, to)
    const from = movedFolderOf(path)
    if (from === to) return path
    if (from === DONE_FOLDER) throw doneAlready(path, to)
    return moveInto(path, to)
  } catch (error) {
    if (error instanceof Failure) throw error
    // Another process has just moved it.
    if (hasCode(error, 'ENOENT') && !isTaken(path)) return movedEarlier(path, to)
    throw notMoved({ path, reason: reasonOf(error), move: to }, error)
  }
}

/** Throws Failure unless the path has a message's name. */
export function requireMessageName(path: string, move: Move): void {
  if (isMessageName(path)) return
  throw notMoved({
    path,
    reason: isSignatureName(path)
      ? 'it is a signature'
      : `it is not a message: its name does not end with ${MESSAGE_SUFFIX}`,
    hint: 'name a message in an inbox: its signature goes with it',
    move,
  })
}

function doneAlready(path: string, move: Move): Failure {
  const hint = 'what is done stays done: to answer it, name it with cross-agent-send --reply-to'
  return notMoved({ path, reason: 'it is done already', hint, move })
}

function moveInto(path: string, to: MovedFolder): string {
  const { message, signature, conversation } = readPair(path)
  const folder = `${inboxOf(path)}/${to}`
  makeFolder(folder)
  const name = nameBefore(path, conversation ?? '')
  const isKept = keepsName(name, conversation)
  const target = placePair(message, signature, (number) => `${folder}/${nameInDone(name, isKept, number)}`)
  removePlaced({ message, signature }, target, to)
  return target
}

/** A message with its signature, if it has one. */
interface Pair {
  readonly message: Part
  readonly signature: Part | undefined
}

/** Throws the system's error if the message has vanished. */
export function readPair(path: string): Pair & { readonly conversation: string | undefined } {
  const message = readPart(path)
  const signature = isFile(signatureName(path)) ? readPart(signatureName(path)) : undefined
  const header = message.snapshot && headerOfMessage(message.snapshot.bytes)
  return { message, signature, conversation: header?.get('CONVERSATION_ID') }
}

/** Removes a pair from its old place, durably. It lies at `target` by now. */
export function removePlaced({ message, signature }: Pair, target: string, move: Move): void {
  syncFolder(folderOf(target))
  removeMoved(message, target, move)
  if (signature !== undefined) {
    // Another run that failed at the same time removed the signature that both had placed.
    if (!isTaken(signatureName(target))) place(signature, signatureName(target))
    removeMoved(signature, signatureName(target), move)
  }
  syncFolder(folderOf(message.path))
}

/** Removes a part that has been placed. A file that meanwhile came under its name stays. */
function removeMoved(part: Part, target: string, move: Move): void {
  const { path, snapshot } = part
  if (isSameFile(path, target) || (snapshot !== undefined && isUnchanged(snapshot))) {
    // Nothing comes back from done/, so its file stays there.
    if (move === DONE_FOLDER) remove(path)
    else withdraw(part, target)
  } else if (isTaken(path)) throw changedMeanwhile(path, target, move)
}

function changedMeanwhile(path: string, target: string, move: Move): Failure {
  return notMoved({
    path,
    reason: `it changed meanwhile; its earlier content lies in ${target}`,
    hint: 'look at it again: another message is there now',
    move,
  })
}

/**
 * The path of a message that has left its place. A killed run may have left its signature there. Throws Failure if it
 * does not lie in that folder either.
 */
function movedEarlier(path: string, to: MovedFolder): string {
  const found = namesakesIn(path, to)
  removeStray(path, found)
  const [first] = found
  if (first !== undefined) return first
  throw messageMissing({
    path,
    hint: `it is neither in that inbox nor in its ${to}/: name it as recv --next or --show does`,
  })
}

/**
 * Removes the signature that a killed run left where its message was, if it lies beside the moved one too. Returns
 * whether there was one.
 */
export function removeStray(path: string, found: readonly string[]): boolean {
  const stray = signatureName(path)
  if (!isFile(stray) || !found.some((target) => isSame(readPart(stray), signatureName(target)))) return false
  remove(stray)
  syncFolder(folderOf(path))
  return true
}

/** The files in `done/` or `aside/` under the names that a message may have received there. */
export function namesakesIn(path: string, folder: MovedFolder): string[] {
  const found: string[] = []
  if (!isMessageName(path)) return found
  const name = nameBefore(path, '')
  // The message held the conversation: whether the name was kept is now unknown.
  for (const isKept of [true, false]) {
    for (let number = 1; ; number++) {
      const target = `${inboxOf(path)}/${folder}/${nameInDone(name, isKept, number)}`
      if (!isTaken(target)) break
      found.push(target)
    }
  }
  return found
}
