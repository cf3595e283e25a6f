import type { FailureTable } from '@cac/core/command/failure'

/** The exit code of each kind of failure; the others end with the table's `failureExit`. */
export const discoverFailures = {
  usage: 2,
  'peers-file': 1,
} as const satisfies FailureTable
