import { Failure } from '../command/failure'
import { isTaken, makeFolder, remove, syncFolder } from '../fs/durable'
import { isFile } from '../fs/files'
import { fileName, folderOf } from '../fs/paths'
import { isUnchanged } from '../fs/snapshot'
import { hasCode, reasonOf } from '../fs/system-error'
import { DONE_FOLDER, keepsName, liesInDone, nameInDone } from '../message/done-name'
import { messageMissing, notFinished } from '../message/failures'
import { headerOfMessage } from '../message/message-head'
import { isMessageName, isSignatureName, MESSAGE_SUFFIX, signatureName } from '../message/message-name'
import { isSame, isSameFile, type Part, place, placePair, readPart } from './place-pair'

/**
 * Moves a message and its signature into the `done/` of its inbox, durably, and returns its new path (contract C14). At
 * each moment the message is in one of the two with its signature beside it; while it is in both, recv says dedup.
 * Overwrites no file. Completes an interrupted move, and leaves a finished message as it is. Throws Failure. `path` is
 * absolute.
 */
export function finishMessage(path: string): string {
  try {
    if (!isFile(path)) return finishedEarlier(path)
    requireMessageName(path)
    return liesInDone(path) ? path : moveToDone(path)
  } catch (error) {
    if (error instanceof Failure) throw error
    // Another process has just finished it.
    if (hasCode(error, 'ENOENT') && !isTaken(path)) return finishedEarlier(path)
    throw notFinished({ path, reason: reasonOf(error) }, error)
  }
}

function requireMessageName(path: string): void {
  if (isMessageName(path)) return
  throw notFinished({
    path,
    reason: isSignatureName(path)
      ? 'it is a signature'
      : `it is not a message: its name does not end with ${MESSAGE_SUFFIX}`,
    hint: 'name a message in an inbox: its signature goes with it',
  })
}

function moveToDone(path: string): string {
  const message = readPart(path)
  const signature = isFile(signatureName(path)) ? readPart(signatureName(path)) : undefined
  const inbox = folderOf(path)
  const done = `${inbox}/${DONE_FOLDER}`
  makeFolder(done)
  const header = message.snapshot && headerOfMessage(message.snapshot.bytes)
  const isKept = keepsName(fileName(path), header?.get('CONVERSATION_ID'))
  const target = placePair(message, signature, (number) => {
    return `${done}/${nameInDone(fileName(path), isKept, number)}`
  })
  syncFolder(done)
  removeMoved(message, target)
  if (signature !== undefined) {
    // Another run that failed at the same time removed the signature that both had placed.
    if (!isTaken(signatureName(target))) place(signature, signatureName(target))
    removeMoved(signature, signatureName(target))
  }
  syncFolder(inbox)
  return target
}

/** Removes a part that is now in `done/`. A file that meanwhile came under its name stays. */
function removeMoved({ path, snapshot }: Part, target: string): void {
  if (isSameFile(path, target) || (snapshot !== undefined && isUnchanged(snapshot))) remove(path)
  else if (isTaken(path)) throw changedMeanwhile(path, target)
}

function changedMeanwhile(path: string, target: string): Failure {
  return notFinished({
    path,
    reason: `it changed meanwhile; its earlier content lies in ${target}`,
    hint: 'look at it again: the inbox now holds another message',
  })
}

/**
 * The path of a message that has left its inbox. A killed run may have left its signature there. Throws Failure if it
 * is not done either.
 */
function finishedEarlier(path: string): string {
  const found = namesakesInDone(path)
  const stray = signatureName(path)
  if (isFile(stray) && found.some((target) => isSame(readPart(stray), signatureName(target)))) {
    remove(stray)
    syncFolder(folderOf(path))
  }
  const [first] = found
  if (first !== undefined) return first
  throw messageMissing({
    path,
    hint: 'it is neither in that inbox nor in its done/: name it as recv --next or --show does',
  })
}

/** The files in `done/` under the names that it may have received. */
function namesakesInDone(path: string): string[] {
  const found: string[] = []
  if (!isMessageName(path)) return found
  // The message held the conversation: whether the name was kept is now unknown.
  for (const isKept of [true, false]) {
    for (let number = 1; ; number++) {
      const target = `${folderOf(path)}/${DONE_FOLDER}/${nameInDone(fileName(path), isKept, number)}`
      if (!isTaken(target)) break
      found.push(target)
    }
  }
  return found
}
