import { NO_BRAKE } from '@cac/core/brake/run-brake'
import type { Context } from '@cac/core/command/context'
import { countAside } from '@cac/core/mailbox/entry'
import { makeJudge } from '@cac/core/mailbox/judge'
import { Mailbox } from '@cac/core/mailbox/mailbox'
import { eachOnce } from '@cac/core/project/project'
import type { Inbox } from '@cac/core/project/projects'

/** What a status line says. `text` is empty, or one line with its newline. */
export interface StatusLine {
  readonly text: string
  /** Whether any message waits. */
  readonly waits: boolean
}

/**
 * Counts for a status line: what waits as for `recv --next`, and what lies aside. Its text is ours alone: nothing that a
 * message says can reach a status line, where control characters would act.
 */
export async function statusLine(
  inboxes: readonly Inbox[],
  halted: boolean,
  context: Context,
): Promise<StatusLine> {
  const mailbox = new Mailbox(eachOnce(inboxes))
  const mail = (await mailbox.waiting(makeJudge(context, NO_BRAKE))).length
  const aside = mailbox.inboxes.reduce(
    (sum, { folder }) => sum + countAside(folder, mailbox.namesIn(folder)),
    0,
  )
  const parts = [
    ...(halted ? ['halted'] : []),
    ...(mail > 0 ? [`${mail} mail`] : []),
    ...(aside > 0 ? [`${aside} aside`] : []),
  ]
  return { text: parts.length > 0 ? `${parts.join(', ')}\n` : '', waits: mail > 0 }
}
