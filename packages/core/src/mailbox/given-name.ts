import { isTaken } from '../fs/durable'
import { fileName, folderOf } from '../fs/paths'
import { hasCode } from '../fs/system-error'
import { ASIDE_FOLDER, DONE_FOLDER, namesInDoneOf } from '../message/done-name'
import { signatureName } from '../message/message-name'
import { folderWithin } from './listing'

/** Where messages of an inbox lie that do not wait any more. */
const FOLDERS = [DONE_FOLDER, ASIDE_FOLDER]
/** A message of a name that was given twice got a number there. */
const NUMBERS = [1, 2]

/**
 * Whether a message that had this name was finished or put aside: who knows it by its path must not find another one
 * there, so the name is not given again (contract B52). Its signature alone counts too. Throws the system's error.
 */
export function wasGiven(path: string): boolean {
  const inbox = folderOf(path)
  return FOLDERS.flatMap((folder) => folderWithin(inbox, folder) ?? [])
    .filter(isTaken)
    .some((folder) => namesThere(fileName(path)).some((name) => liesIn(folder, name)))
}

/** Where nobody may look, that keeps no message back. */
function liesIn(folder: string, name: string): boolean {
  try {
    return isTaken(`${folder}/${name}`)
  } catch (error) {
    if (hasCode(error, 'EACCES')) return false
    throw error
  }
}

function namesThere(name: string): string[] {
  const messages = NUMBERS.flatMap((number) => namesInDoneOf(name, number))
  return messages.flatMap((message) => [message, signatureName(message)])
}
