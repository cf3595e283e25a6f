import { lstatSync } from 'node:fs'
import { listNames } from '../fs/folder'
import { reasonOf } from '../fs/system-error'
import type { Judge } from '../mailbox/judge'
import { Mailbox } from '../mailbox/mailbox'
import { isMessageName, isSignatureName, signedName } from '../message/message-name'
import type { Inbox } from '../project/projects'
import { sortText } from '../text/python-text'
import { toPath } from '../text/raw-name'
import { isConflictCopy } from './odd-name'

/** Milliseconds in which the message comes that a signature belongs to. */
const DELIVERY = 10 * 60_000

/** What is known of an inbox: names, but for the hidden ones. */
export interface Found {
  readonly folder: string
  readonly messages: readonly string[]
  readonly signatures: ReadonlySet<string>
  /** Signatures without a message, not of a delivery that is under way. */
  readonly orphans: readonly string[]
  readonly conflicts: readonly string[]
  readonly waiting: readonly string[]
}

/** The inbox, or why it cannot be read. Throws Failure under HALT, if `judge` does. */
export async function readInbox(inbox: Inbox, now: number, judge: Judge): Promise<Found | string> {
  const { folder } = inbox
  let names: string[]
  try {
    names = sortText(listNames(folder).filter((name) => !name.startsWith('.')))
  } catch (error) {
    return `${folder} cannot be read: ${reasonOf(error)}`
  }
  const isMail = (name: string) => !isConflictCopy(name)
  const messages = names.filter((name) => isMessageName(name) && isMail(name))
  const signatures = new Set(names.filter((name) => isSignatureName(name) && isMail(name)))
  const there = new Set(messages)
  return {
    folder,
    messages,
    signatures,
    orphans: [...signatures].filter(
      (name) => !there.has(signedName(name)) && isOlder(`${folder}/${name}`, now - DELIVERY),
    ),
    conflicts: names.filter(isConflictCopy),
    waiting: (await new Mailbox([inbox], () => messages).waiting(judge)).map(({ name }) => name),
  }
}

function isOlder(path: string, moment: number): boolean {
  const stats = lstatSync(toPath(path), { throwIfNoEntry: false })
  return stats !== undefined && stats.mtimeMs < moment
}
