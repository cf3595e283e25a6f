import { TEMP_NAME } from '../fs/durable'
import { sweep } from '../fs/sweep'
import { SCRIPTS_TEMP_NAME, SIGNATURE_NAME, signedName } from '../message/message-name'

/** The temp files that senders write into an inbox: ours, and the scripts'. Whatever else begins with `.tmp.` is spared. */
const TEMPS = new RegExp(`${TEMP_NAME.source}|${SCRIPTS_TEMP_NAME.source}`, 's')

/**
 * Removes what a sender that was killed more than a day ago left in an inbox: its temp files, and a signature
 * whose message never came. That one is known by being the same file as a temp. `names` are all in the inbox, `now`
 * is in milliseconds.
 */
export function removeStaleTemps(inbox: string, names: readonly string[], home: string, now: number): void {
  const below = inbox.startsWith(`${home}/`) ? home : '/'
  const twins = { named: SIGNATURE_NAME, needs: signedName }
  sweep({ path: inbox, below }, { named: TEMPS, twins }, now, names)
}
