import type { Sent } from './sent-message'

/** Milliseconds. If nobody takes anything for longer, the sender hears of it (contract C18). */
export const LONG_WAIT = 6 * 60 * 60 * 1000

/** Messages that wait in a project where nobody has taken anything since they came. */
export interface Unattended {
  /** `<machine>.<project>`. */
  readonly to: string
  readonly count: number
  /** When the first of them came, in milliseconds since the epoch. */
  readonly since: number
}

/** Whether a message has waited for long, and nobody has taken anything there since. `now` in milliseconds. */
export function isUnattended({ untouchedSince }: Sent, now: number): boolean {
  return untouchedSince !== undefined && now - untouchedSince > LONG_WAIT
}

/** By receiver. */
export function unattendedAmong(sent: readonly Sent[], now: number): Unattended[] {
  const found = new Map<string, Unattended>()
  for (const message of sent) {
    const { to, untouchedSince: since } = message
    if (since === undefined || !isUnattended(message, now)) continue
    const known = found.get(to)
    found.set(to, { to, count: (known?.count ?? 0) + 1, since: Math.min(known?.since ?? since, since) })
  }
  return [...found.values()]
}

const HOUR = 60 * 60 * 1000

/** For people, without any prefix. Escape it: a peer names its projects. */
export function unattendedLine({ to, count, since }: Unattended, now: number): string {
  const hours = Math.floor((now - since) / HOUR)
  const time = hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`
  const what = count === 1 ? '1 message has waited' : `${count} messages have waited`
  const upTo = count === 1 ? '' : 'up to '
  return `${what} in ${to} for ${upTo}${time}, and nobody has taken anything there since`
}
