import type { MessageHappening, OutboxHappening } from '@cac/core/follow/happening'
import type { Told } from '@cac/core/follow/told-text'
import { projectInAddress } from '@cac/core/message/address'
import { type Json, toCompactJson } from '@cac/core/text/json'
import { utcSecond } from '@cac/core/text/utc'
import { nameOf, type ShownEvent } from './render-event'
import { takeJson } from './render-take'

type Fields = { readonly [key: string]: Json }

/** One line for programs, the newline included. `now` in milliseconds since the epoch. */
export function eventJson(shown: ShownEvent, now: number): string {
  return `${toCompactJson({ time: utcSecond(now), event: nameOf(shown), ...fieldsOf(shown) })}\n`
}

function fieldsOf(shown: ShownEvent): Fields {
  switch (shown.event) {
    case 'ready':
      return { waiting: shown.waiting, inboxes: shown.inboxes }
    case 'answered':
      return {
        ...messageFields(shown.of, shown.told),
        in_reply_to: shown.told.is === 'told' ? (shown.told.inReplyTo ?? null) : null,
      }
    case 'message':
      return messageFields(shown.of, shown.told)
    case 'outbox':
      return outboxFields(shown.of, shown.told)
    case 'other':
      return otherFields(shown.of)
  }
}

function messageFields({ project, path, take, event }: MessageHappening, told: Told): Fields {
  const taken = takeJson(take)
  return {
    project,
    path,
    ...textFields(told, told.is === 'told' ? (told.to ?? null) : null),
    ...(event === 'put back' && taken.taken !== undefined ? { was_taken: taken.taken } : taken),
  }
}

function outboxFields({ message, event }: OutboxHappening, told: Told): Fields {
  const from = told.is === 'told' ? told.from : undefined
  return {
    project: from === undefined ? null : (projectInAddress(from) ?? from),
    path: event === 'kept' ? message.path : null,
    ...textFields(told, message.destination),
  }
}

function textFields(told: Told, to: string | null): Fields {
  const text = told.is === 'told' ? told : undefined
  return {
    from: text?.from ?? null,
    to,
    message_type: text?.type ?? null,
    conversation_id: text?.conversation ?? null,
    sequence: text?.sequence ?? null,
    title: text?.title ?? null,
    signers: text?.signers ?? [],
    reason: told.is === 'withheld' ? told.reason : null,
  }
}

function otherFields(of: Extract<ShownEvent, { event: 'other' }>['of']): Fields {
  switch (of.event) {
    case 'halted':
      return { reason: of.reason }
    case 'resumed':
      return {}
    case 'woken':
      return { project: of.project, agent: of.agent, session: of.session, since: utcSecond(of.at) }
    case 'quiet':
      return { project: of.project, conversation_id: of.conversation, until: utcSecond(of.until) }
  }
}
