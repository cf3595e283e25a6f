import { changesIn, waitingIn } from './compare-inbox'
import type { Happening } from './happening'
import { NOTHING, type Reading } from './reading'

/** What waits, and what else holds now: what to tell before anything has happened. */
export function stateOf(reading: Reading): Happening[] {
  const { halt, outbox, holds } = reading
  return [
    ...haltChange(NOTHING, { halt }),
    ...[...reading.inboxes.values()].flatMap(waitingIn),
    ...outboxChanges(NOTHING, { outbox }),
    ...holdChanges(NOTHING, { holds }),
  ]
}

/**
 * What happened between two looks, the messages of each inbox in their order. A pure function: what is the same object
 * in both is not compared.
 */
export function happened(before: Reading, after: Reading): Happening[] {
  return [
    ...haltChange(before, after),
    ...inboxChanges(before, after),
    ...outboxChanges(before, after),
    ...wakeChanges(before, after),
    ...holdChanges(before, after),
  ]
}

function haltChange(before: Pick<Reading, 'halt'>, after: Pick<Reading, 'halt'>): Happening[] {
  if (before.halt === after.halt) return []
  return [after.halt === undefined ? { event: 'resumed' } : { event: 'halted', reason: after.halt }]
}

/** An inbox that is not there now has lost nothing: it may come back. One that comes has all of its mail. */
function inboxChanges(before: Reading, after: Reading): Happening[] {
  if (before.inboxes === after.inboxes) return []
  return [...after.inboxes.values()].flatMap((inbox) => {
    const known = before.inboxes.get(inbox.folder)
    return known === inbox ? [] : changesIn(known, inbox)
  })
}

function outboxChanges(before: Pick<Reading, 'outbox'>, after: Pick<Reading, 'outbox'>): Happening[] {
  if (before.outbox === after.outbox) return []
  const found: Happening[] = []
  for (const [entry, message] of after.outbox) {
    const known = before.outbox.get(entry)
    if (known === undefined) found.push({ event: 'sending', entry, message })
    if (message.isKept && known?.isKept !== true) found.push({ event: 'kept', entry, message })
  }
  // An entry leaves the outbox whole only when its message has arrived.
  for (const [entry, message] of before.outbox)
    if (!after.outbox.has(entry) && message.destination !== '') found.push({ event: 'sent', entry, message })
  return found
}

function wakeChanges(before: Reading, after: Reading): Happening[] {
  if (before.wakes === after.wakes) return []
  return [...after.wakes].flatMap(([key, wake]) =>
    before.wakes.has(key) ? [] : [{ event: 'woken' as const, ...wake }],
  )
}

function holdChanges(before: Pick<Reading, 'holds'>, after: Pick<Reading, 'holds'>): Happening[] {
  if (before.holds === after.holds) return []
  return [...after.holds].flatMap(([key, hold]) =>
    before.holds.has(key) ? [] : [{ event: 'quiet' as const, ...hold }],
  )
}
