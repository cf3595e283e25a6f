import { TEMP_NAME } from '../fs/durable'
import { sweep } from '../fs/sweep'
import { SIGNATURE_NAME, signatureName } from '../message/message-name'

/**
 * The temp files that senders write into an inbox: ours, and the scripts' (Python's eight characters behind the name
 * that the file was to get). Whatever else begins with `.tmp.` is spared.
 */
const TEMPS = new RegExp(
  `${TEMP_NAME.source}|^\\.tmp\\.\\d{8}T\\d{6}Z-from-.+\\.org(?:\\.asc)?\\.[a-z0-9_]{8}$`,
  's',
)

/**
 * Removes what a sender that was killed more than a day ago left in an inbox: its temp files, and a signature
 * whose message never came. That one is known by being the same file as a temp. `names` are all in the inbox, `now`
 * is in milliseconds.
 */
export function removeStaleTemps(inbox: string, names: readonly string[], home: string, now: number): void {
  const below = inbox.startsWith(`${home}/`) ? home : '/'
  const needs = (name: string) => name.slice(0, -signatureName('').length)
  const twins = { named: SIGNATURE_NAME, needs }
  sweep({ path: inbox, below }, { named: TEMPS, twins }, now, names)
}
