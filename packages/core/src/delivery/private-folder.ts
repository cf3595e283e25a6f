import { mkdtempSync } from 'node:fs'
import { removeOwnFolder, sweep } from '../fs/sweep'
import { MESSAGE_NAME, SIGNATURE_NAME } from '../message/message-name'

const PREFIX = 'cross-agent-send-'
/** The system chooses six characters; the scripts' folders have eight from Python. */
const NAME = /^cross-agent-send-(?:[A-Za-z0-9]{6}|[a-z0-9_]{8})$/
/** The signed file, its signature, the pushed files, and ssh's socket, also while it is being made. */
const HOLDING = new RegExp(
  `^message\\.(?:org|asc)$|${MESSAGE_NAME.source}|${SIGNATURE_NAME.source}|^ssh(?:\\.[A-Za-z0-9]+)?$`,
  's',
)
/** The files that signing makes. If no more files can be opened, signing fails but must still clean up. */
const TO_SIGN = ['message.org', 'message.asc']

const MOST_TRIES = 5

/** Makes a folder that only this user can look into, and returns its path. */
export function makePrivateFolder(tempFolder: string): string {
  return mkdtempSync(`${tempFolder}/${PREFIX}`)
}

/** Removes a private folder that this process made, with its files. Throws the system's error. */
export function removePrivateFolder(folder: string): void {
  // No other process knew its name. An ssh that is ending may still make its socket.
  for (let tries = 0; tries < MOST_TRIES; tries++) if (removeOwnFolder(folder, /./s, TO_SIGN)) return
}

/** Removes the private folders that this user's killed senders left; `now` in milliseconds (contract B47). */
export function removeStaleFolders(tempFolder: string, now: number): void {
  const leftovers = { named: NAME, holding: HOLDING }
  sweep({ path: tempFolder, isShared: true }, leftovers, now)
}
