import type { Brake } from '../brake/run-brake'
import type { Context } from '../command/context'
import { type HookPlace, holdsIn } from './hook-place'
import { join, noteEvent } from './known-sessions'
import { mailNotice } from './mail-notice'
import type { ProjectRecord } from './project-record'
import { turnOf } from './tellings'
import { lookAtMail, type MailLook, type UsableMessage, waitingMail } from './waiting-mail'

/**
 * The notice for a session at its start or with a prompt: what it was not told of yet, and no other session is about to
 * handle (contract C23). Undefined if there is nothing. Throws Failure under HALT, or an error if the record cannot be
 * kept.
 */
export async function noticeFor(
  place: HookPlace,
  context: Context,
  brake: Brake,
): Promise<string | undefined> {
  const { store, here, project } = place
  const now = context.now()
  const session = store.change((record) => ({ ...noteEvent(record, here, now) }))
  const record = store.read()
  const hold = holdsIn(place, session, now)
  const look = await lookAtMail(project, context, brake, {
    warnedAt: session.warnedAt,
    isKnown(message, tellable) {
      if (turnOf(session, tellable, record, now, true) !== 'now') return true
      const held = hold(message)
      return held === 'other' || held === 'taken'
    },
  })
  const told = store.change((current) => tell(current, place, look, now))
  return mailNotice(await waitingMail(look, told, context))
}

/** The same where no record can be kept: a session's start tells of all that waits. */
export async function noticeWithoutRecord(
  { project }: HookPlace,
  context: Context,
  brake: Brake,
): Promise<string | undefined> {
  const look = await lookAtMail(project, context, brake, { isKnown: () => false })
  return mailNotice(await waitingMail(look, look.usable, context))
}

/** Records what the session is told. Another hook may have told of the same message meanwhile. */
function tell(record: ProjectRecord, { here }: HookPlace, look: MailLook, now: number): UsableMessage[] {
  const session = join(record, here, now)
  const told = look.usable.filter(({ tellable }) => turnOf(session, tellable, record, now, true) === 'now')
  for (const { tellable } of told)
    record.tellings.push({ message: tellable.message, session: session.key, at: now })
  if (look.unusable + look.unjudged + look.unseen > 0) session.warnedAt = now
  if (here.input.moment === 'session-start') session.answeredAt = now
  return told
}
