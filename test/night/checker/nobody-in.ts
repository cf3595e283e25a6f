import type { Breach, Fault, Handled, Planted } from '../history'
import { hasScripts, keyOf, seconds, showBefore } from './asking'
import type { Index } from './night-index'

/** Kinds of lies that gpg alone finds: the original scripts know no list of keys, and no receiver in a message. */
const FOUND_BY_GPG: ReadonlySet<Planted['kind']> = new Set(['swapped', 'changed'])

/** Promise 2: nothing forged, changed, swapped, put elsewhere or signed by a revoked key is handled. */
export function nobodyIn(index: Index): Breach[] {
  const revoked = index.night.events.find(
    (event): event is Fault => event.what === 'fault' && event.fault === 'key revoked',
  )
  const breaches: Breach[] = []
  for (const [token, all] of index.handled)
    for (const handled of all) {
      const reason = whyNever(index, handled) ?? whyRevoked(index, handled, revoked)
      if (reason !== undefined)
        breaches.push({
          promise: 2,
          token,
          text: `${token} must never be handled, since ${reason}, but ${handled.session} handled it at ${seconds(handled.at)} in ${keyOf(handled)}`,
        })
    }
  return breaches
}

function whyNever(index: Index, handled: Handled): string | undefined {
  const intended = index.intended.get(handled.token)
  const isScripts = hasScripts(index, handled.machine)
  if (intended !== undefined) {
    // The scripts neither write nor read to whom a message is.
    const isToldWho = !isScripts && !hasScripts(index, intended.from.machine)
    return isToldWho && keyOf(intended.to) !== keyOf(handled) ? `it is for ${keyOf(intended.to)}` : undefined
  }
  const [planted] = index.planted.get(handled.token) ?? []
  if (planted === undefined) return 'nobody sent it'
  return isScripts && !FOUND_BY_GPG.has(planted.kind) ? undefined : `an enemy planted it (${planted.kind})`
}

function whyRevoked(index: Index, handled: Handled, revoked: Fault | undefined): string | undefined {
  const isDoomed = index.intended.get(handled.token)?.byDoomedKey === true
  // The scripts believe gpg's exit code, which does not tell a revoked key (B3).
  if (!isDoomed || revoked === undefined || hasScripts(index, handled.machine)) return undefined
  const shown = showBefore(index, handled)?.by.at ?? handled.at
  return shown > revoked.ended ? `its key was revoked by ${seconds(revoked.ended)}` : undefined
}
