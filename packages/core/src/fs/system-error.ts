import { repr } from '../text/python-text'

/** The operating system's reason, e.g. `EACCES: permission denied`, or else the first line of the error. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  // EDQUOT is the only write error that node has no name for.
  if (/^(UNKNOWN|Unknown system error)/.test(message))
    return 'an error unknown to node; is the disk quota exceeded?'
  const systemReason = /^(E[A-Z0-9]+: [^,]+), /.exec(message)?.[1]
  return systemReason ?? message.split('\n', 1)[0] ?? ''
}

/** The system's error about a path, in Python's words: `[Errno 13] Permission denied: 'm.org'`. */
export function osErrorText(error: unknown, path: string): string {
  const reason = /^E[A-Z0-9]+: (.+)$/.exec(reasonOf(error))?.[1]
  if (reason === undefined || !(error instanceof Error && 'errno' in error)) return reasonOf(error)
  return `[Errno ${Math.abs(Number(error.errno))}] ${reason.charAt(0).toUpperCase()}${reason.slice(1)}: ${repr(path)}`
}

/** Whether `error` is one of the operating system's, with one of these codes (`ENOENT`, …). */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
  )
}
