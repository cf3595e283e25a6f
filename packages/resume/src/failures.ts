import type { FailureTable } from '@cac/core/command/failure'

/** The exit code of each kind of failure; the others end with the table's `failureExit`. */
export const resumeFailures = {
  usage: 2,
  'peers-file': 1,
  'halt-not-removed': 1,
} as const satisfies FailureTable
