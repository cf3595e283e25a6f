import { mkdtempSync } from 'node:fs'
import { removeOwnFolder, sweep } from '../fs/sweep'
import { MESSAGE_NAME, SIGNATURE_NAME } from '../message/message-name'

const PREFIX = 'cross-agent-send-'
/** The six characters are the system's; the scripts' folders have eight of Python's. */
const NAME = /^cross-agent-send-(?:[A-Za-z0-9]{6}|[a-z0-9_]{8})$/
/** What is signed, its signature, what is pushed, and the socket of ssh, also while that is being made. */
const HOLDING = new RegExp(
  `^message\\.(?:org|asc)$|${MESSAGE_NAME.source}|${SIGNATURE_NAME.source}|^ssh(?:\\.[A-Za-z0-9]+)?$`,
  's',
)
/** What signing makes there: where no more files can be opened it fails, and yet has to clean up. */
const TO_SIGN = ['message.org', 'message.asc']

const MOST_TRIES = 5

/** Makes a folder that only this user can look into, and returns its path. */
export function makePrivateFolder(tempFolder: string): string {
  return mkdtempSync(`${tempFolder}/${PREFIX}`)
}

/** Removes a private folder that this process has made, with the files in it. Throws the system's error. */
export function removePrivateFolder(folder: string): void {
  // Nobody else knew its name. An ssh that is ended just now may still make its socket.
  for (let tries = 0; tries < MOST_TRIES; tries++) if (removeOwnFolder(folder, /./s, TO_SIGN)) return
}

/** Removes the private folders that killed senders of this user left; `now` in milliseconds (contract B47). */
export function removeStaleFolders(tempFolder: string, now: number): void {
  const leftovers = { named: NAME, holding: HOLDING }
  sweep({ path: tempFolder, isShared: true }, leftovers, now)
}
