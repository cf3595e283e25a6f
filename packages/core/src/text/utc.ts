/** `20260427T091015Z`: the UTC second that begins a canonical name. `milliseconds` since the epoch. */
export function utcStamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

/** `2026-04-27T09:10:15.123456+00:00`, without the fraction if it is zero, as in `isoformat()`. */
export function utcIso(milliseconds: number): string {
  const microseconds = Math.floor(milliseconds * 1000)
  const fraction = microseconds % 1_000_000
  const seconds = new Date((microseconds - fraction) / 1000).toISOString().slice(0, 19)
  return `${seconds}${fraction === 0 ? '' : `.${String(fraction).padStart(6, '0')}`}+00:00`
}

/**
 * `2026-04-27T04:11:42-05:00`: a local second with its offset from UTC. `milliseconds` since the epoch; `offset` in
 * minutes, positive west of Greenwich, as `Date#getTimezoneOffset` has it. Intl would cost 5 ms to load.
 */
export function localIso(
  milliseconds: number,
  offset: number = new Date(milliseconds).getTimezoneOffset(),
): string {
  const minutes = Math.abs(offset)
  const local = new Date(milliseconds - offset * 60_000).toISOString().slice(0, 19)
  return `${local}${offset > 0 ? '-' : '+'}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

/** `2026-04-27T09:10:15+00:00`: as `utcIso`, without the fraction. */
export function utcSecond(milliseconds: number): string {
  return utcIso(Math.floor(milliseconds / 1000) * 1000)
}
