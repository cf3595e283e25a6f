import { NO_BRAKE } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { listNamesIfReadable } from '@cac/core/fs/folder'
import { joinPath } from '@cac/core/fs/paths'
import { makeJudge } from '@cac/core/mailbox/judge'
import { Mailbox, takesByName, type WaitingMessage } from '@cac/core/mailbox/mailbox'
import type { Take } from '@cac/core/mailbox/takes'
import type { Inbox } from '@cac/core/project/projects'
import type { Row } from './render'

/** A row as `recv --next` counts: hidden names and entries that are not files do not wait (contract B59). */
export interface WaitingRow extends Row {
  readonly messages: readonly WaitingMessage[]
}

/** Who has taken which message, by its path (contract C21). */
export type Takes = ReadonlyMap<string, Take>

/** Who has taken the messages that wait in these inboxes. */
export async function takesOf(rows: readonly WaitingRow[]): Promise<Takes> {
  const found = new Map<string, Take>()
  for (const { folder } of rows) {
    const takes = await takesByName(folder, listNamesIfReadable(folder))
    for (const [name, take] of takes ?? []) found.set(joinPath(folder, name), take)
  }
  return found
}

/** The messages that wait in each inbox, as for `recv --next`. */
export async function waitingRows(inboxes: readonly Inbox[], context: Context): Promise<WaitingRow[]> {
  const judge = makeJudge(context, NO_BRAKE)
  const rows: WaitingRow[] = []
  for (const inbox of inboxes) rows.push(rowOf(inbox, await new Mailbox([inbox]).waiting(judge)))
  return rows
}

/** Whether anything waits. Stops at the first message. */
export async function doesAnyWait(inboxes: readonly Inbox[], context: Context): Promise<boolean> {
  return new Mailbox(inboxes).isWaiting(makeJudge(context, NO_BRAKE))
}

function rowOf(inbox: Inbox, messages: readonly WaitingMessage[]): WaitingRow {
  const latest = messages.reduce<WaitingMessage | undefined>(
    (last, message) => (last === undefined || message.modified > last.modified ? message : last),
    undefined,
  )
  return {
    ...inbox,
    messages,
    pending: messages.length,
    unparseable: messages.filter(({ isWhole }) => !isWhole).length,
    latest: latest && { name: latest.name, modified: latest.modified },
  }
}
