/** `20260427T091015Z`: the UTC second that begins a canonical name. `milliseconds` since the epoch. */
export function utcStamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

/** `2026-04-27T09:10:15.123456+00:00`; without the fraction where it is zero, as `isoformat()` has it. */
export function utcIso(milliseconds: number): string {
  const microseconds = Math.floor(milliseconds * 1000)
  const fraction = microseconds % 1_000_000
  const seconds = new Date((microseconds - fraction) / 1000).toISOString().slice(0, 19)
  return `${seconds}${fraction === 0 ? '' : `.${String(fraction).padStart(6, '0')}`}+00:00`
}
