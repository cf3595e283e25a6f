import { mayBelongTo } from '../message/done-name'
import { isVisibleMessage } from '../message/message-name'
import type { Wish } from './claims'
import { glanceAt } from './glance'
import { type Judge, stillWaiting } from './judge'
import { type Mailbox, WaitingMessage } from './mailbox'
import { entriesIn, inOrder } from './next-message'

/**
 * How many messages of a conversation wait behind one of them (contract C21). What recv would surely not process is not
 * counted; the rest is not verified.
 */
export async function laterOf(
  { inbox, name, conversation }: Wish,
  mailbox: Mailbox,
  judge: Judge,
  verifies: boolean,
): Promise<number> {
  if (conversation === undefined) return 0
  const found: WaitingMessage[] = []
  for (const owner of mailbox.inboxes) {
    const names = mailbox.namesIn(owner.folder)
    const fitting = names.filter((other) => isVisibleMessage(other) && mayBelongTo(other, conversation))
    if (fitting.length === 1 && fitting[0] === name && owner.folder === inbox) fitting.pop()
    const entries = entriesIn(owner.folder, fitting).filter((entry) => entry.conversation === conversation)
    for (const entry of await stillWaiting(entries, owner.folder, judge))
      found.push(new WaitingMessage(entry, owner))
  }
  const ordered = inOrder(found)
  const own = ordered.findIndex((message) => message.folder === inbox && message.name === name)
  return ordered.slice(own + 1).filter(({ path }) => glanceAt(path, verifies)?.isHopeless === false).length
}
