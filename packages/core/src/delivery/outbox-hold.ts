import { lstatSync, renameSync } from 'node:fs'
import { listNames } from '../fs/folder'
import { hasCode } from '../fs/system-error'
import { HOLDER, isGone, ownHolder } from './holder'

/**
 * An entry of the outbox has one record. Who gives that file a name of its own holds the entry: a rename succeeds for
 * one process only. Nobody else sends what is held, and a hold ends with its process, however that ends (contracts
 * B53, B72).
 */
export const RECORD_NAME = 'entry.json'
/** A first sender holds what was never given up; a retry holds what is kept. */
export type Holding = 'sending' | 'retrying'

const HELD_NAME = new RegExp(`^(sending|retrying)\\.(${HOLDER})\\.json$`)
/** Without anchors. */
export const RECORD_NAMES = `entry\\.json|(?:sending|retrying)\\.${HOLDER}\\.json`

/** The record's name in an entry that this process holds. */
export function heldName(holding: Holding): string {
  return `${holding}.${ownHolder()}.json`
}

/** The record of an entry, and what another process that lives is doing with it. */
export interface RecordFile {
  readonly file: string
  readonly heldFor: Holding | undefined
}

/** Finds the record in the folder of an entry; `now` in milliseconds. Throws the system's error. */
export function findRecord(folder: string, now: number): RecordFile {
  const names = listNames(folder)
  if (names.includes(RECORD_NAME)) return { file: RECORD_NAME, heldFor: undefined }
  for (const file of names) {
    const [, holding, holder = ''] = HELD_NAME.exec(file) ?? []
    if (holding !== 'sending' && holding !== 'retrying') continue
    return { file, heldFor: isGone(holder, lstatSync(folder).ctimeMs, now) ? undefined : holding }
  }
  return { file: RECORD_NAME, heldFor: undefined }
}

/** Takes an entry that nobody holds; false where another process was quicker. Throws the system's error. */
export function takeRecord(folder: string, { file }: RecordFile): boolean {
  return moveRecord(folder, file, heldName('retrying'))
}

/** Gives an entry back; nothing happens where it is not held any more. Throws the system's error. */
export function releaseRecord(folder: string, holding: Holding): void {
  moveRecord(folder, heldName(holding), RECORD_NAME)
}

function moveRecord(folder: string, from: string, to: string): boolean {
  try {
    renameSync(`${folder}/${from}`, `${folder}/${to}`)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}
