import { Failure } from '../command/failure'
import { isTaken } from '../fs/durable'
import { isFile } from '../fs/files'
import { fileName, joinPath } from '../fs/paths'
import { hasCode, reasonOf } from '../fs/system-error'
import { ASIDE_FOLDER, DONE_FOLDER, inboxOf, movedFolderOf, nameBefore } from '../message/done-name'
import { messageMissing, notMoved } from '../message/failures'
import { signatureName } from '../message/message-name'
import { namesakesIn, readPair, removePlaced, removeStray, requireMessageName } from './done'
import { isSame, placePair } from './place-pair'

const move = 'put-back'

/**
 * Brings a message and its signature back from `aside/` under its own name, durably, and returns its path in the inbox
 * (contract C22). It is named by its path in `aside/` or by the one that it had in the inbox. At each moment the message
 * is in one of the two with its signature beside it. Completes an interrupted move. Undefined for a message that lies in
 * its inbox while nothing of it lies in `aside/`. Throws Failure: also if another file has its name, and then nothing is
 * moved. `path` is absolute.
 */
export function bringBack(path: string): string | undefined {
  try {
    if (!isFile(path)) return bringNamesake(path)
    requireMessageName(path, move)
    if (movedFolderOf(path) === DONE_FOLDER)
      throw notMoved({ path, reason: 'it is done', hint: 'only what lies in aside/ comes back', move })
    return movedFolderOf(path) === ASIDE_FOLDER ? bring(path) : complete(path)
  } catch (error) {
    if (error instanceof Failure) throw error
    // Another process has just brought it back.
    if (hasCode(error, 'ENOENT') && !isTaken(path)) return broughtEarlier(path)
    throw notMoved({ path, reason: reasonOf(error), move }, error)
  }
}

function bring(path: string): string {
  const { message, signature, conversation } = readPair(path)
  const target = joinPath(inboxOf(path), nameBefore(path, conversation ?? ''))
  const placed = placePair(message, signature, (number) => {
    // It comes back under its own name, or not at all.
    if (number > 1) throw nameTaken(path, target)
    return target
  })
  removePlaced({ message, signature }, placed, move)
  return placed
}

/** For a message that lies in its inbox: a killed run may have left a copy, or its signature, in `aside/`. */
function complete(path: string): string | undefined {
  const found = namesakesIn(path, ASIDE_FOLDER)
  const copies = found.filter((copy) => isSamePair(copy, path))
  for (const copy of copies) bring(copy)
  if (copies.length > 0) return path
  const [other] = found
  if (other !== undefined) throw nameTaken(other, path)
  const place = joinPath(joinPath(inboxOf(path), ASIDE_FOLDER), fileName(path))
  return removeStray(place, [path]) ? path : undefined
}

function isSamePair(copy: string, path: string): boolean {
  const { message, signature } = readPair(copy)
  if (!isSame(message, path)) return false
  const beside = signatureName(path)
  return signature === undefined ? !isTaken(beside) : isSame(signature, beside)
}

function nameTaken(path: string, target: string): Failure {
  return notMoved({
    path,
    reason: `another file has the name ${target}, or that of its signature`,
    hint: 'nothing was moved: finish or put aside that message first, then run --put-back again',
    move,
  })
}

/** For a path that is not there: the message that lies in `aside/` under it, or that was brought back before. */
function bringNamesake(path: string): string {
  if (movedFolderOf(path) !== undefined) return broughtEarlier(path)
  const found = namesakesIn(path, ASIDE_FOLDER)
  const [first] = found
  if (first === undefined) throw missing(path)
  if (found.length === 1) return bring(first)
  throw notMoved({
    path,
    reason: `several messages of that name lie in aside/: ${found.map(fileName).join(', ')}`,
    hint: `name the right one in ${joinPath(inboxOf(path), ASIDE_FOLDER)}`,
    move,
  })
}

/** A killed run may have left the signature in `aside/`. */
function broughtEarlier(path: string): string {
  const target = joinPath(inboxOf(path), nameBefore(path, ''))
  const isThere = movedFolderOf(path) === ASIDE_FOLDER && isFile(target)
  if (!isThere) throw missing(path)
  removeStray(path, [target])
  return target
}

function missing(path: string): Failure {
  return messageMissing({ path, hint: `it lies neither in aside/ nor in its inbox: ${nameHint(path)}` })
}

function nameHint(path: string): string {
  return namesakesIn(path, DONE_FOLDER).length > 0 ? 'it is done' : 'name it as --aside printed it'
}
