/** Whole seconds between two moments in milliseconds. */
export function ageInSeconds(now: number, then: number): number {
  return Math.trunc((now - then) / 1000)
}

/** `5s ago`, `3 min ago`, `2 hr ago`, `4 day(s) ago`. */
export function age(seconds: number): string {
  if (seconds < 60) return `${seconds}s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} hr ago`
  return `${Math.floor(seconds / 86400)} day(s) ago`
}
