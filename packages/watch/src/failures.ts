import type { FailureTable } from '@cac/core/command/failure'

/** The exit code of each kind of failure; the others end with the table's `failureExit`. */
export const watchFailures = {
  'unknown-flag': 1,
  halted: 5,
  'project-unknown': 1,
  'no-inbox': 1,
  'no-inbox-left': 1,
} as const satisfies FailureTable
