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
