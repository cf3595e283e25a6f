import { createHash } from 'node:crypto'
import { TEMP_PREFIX } from '../fs/durable'
import { toBytes } from '../text/raw-name'

/**
 * A take lies in the inbox as a file `.tmp.taken-KEY-NUMBER` (contract C21). That is the form of an unfinished file's
 * name, so each cleaner removes it a day after it was written, and none before: a take counts no longer than that.
 */
const TAKE_PREFIX = `${TEMP_PREFIX}taken-`
/** KEY stands for a conversation (`c`), a message (`m`), or a conversation in which an answer is awaited (`w`, C28). */
const TAKE_NAME = /^\.tmp\.taken-([cmw][0-9a-f]{24})-([1-9]\d{0,8})$/
const WAIT = 'w'

export function takeName(key: string, number: number): string {
  return `${TAKE_PREFIX}${key}-${number}`
}

export function readTakeName(name: string): { readonly key: string; readonly number: number } | undefined {
  const [, key, number] = TAKE_NAME.exec(name) ?? []
  return key === undefined ? undefined : { key, number: Number(number) }
}

/** Whether any of the names in an inbox can be a take's. If not, nothing else need be loaded. */
export function haveTakes(names: readonly string[]): boolean {
  return names.some((name) => name.startsWith(TAKE_PREFIX))
}

/** The key of a conversation, or of a single message. */
export function keyOf(name: string, conversation: string | undefined): string {
  return conversation === undefined ? `m${hashOf(name)}` : `c${hashOf(conversation)}`
}

/** The key of a conversation in which an answer is awaited. */
export function waitKeyOf(conversation: string): string {
  return WAIT + hashOf(conversation)
}

export function isWaitKey(key: string): boolean {
  return key.startsWith(WAIT)
}

function hashOf(text: string): string {
  return createHash('sha256').update(toBytes(text)).digest('hex').slice(0, 24)
}
