import { isTaken } from '../fs/durable'
import { fileName, folderOf } from '../fs/paths'
import { hasCode } from '../fs/system-error'
import { MOVED_FOLDERS, namesInDoneOf } from '../message/done-name'
import { signatureName } from '../message/message-name'
import { folderWithin } from './listing'

/** If a name was given twice, the later message has a number there. */
const NUMBERS = [1, 2]

/**
 * Whether a message with this name was finished or put aside. Its name is not given again: a process that knows the
 * path must not find another message there (contract B52). The signature alone also counts. Throws the system's error.
 */
export function wasGiven(path: string): boolean {
  const inbox = folderOf(path)
  return MOVED_FOLDERS.flatMap((folder) => folderWithin(inbox, folder) ?? [])
    .filter(isTaken)
    .some((folder) => namesThere(fileName(path)).some((name) => liesIn(folder, name)))
}

/** A folder that denies access holds no message back. */
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
