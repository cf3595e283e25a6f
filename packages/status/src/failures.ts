import type { FailureTable } from '@cac/core/command/failure'

/** The exit code of each kind of failure; the others end with the table's `failureExit`. */
export const statusFailures = {
  usage: 2,
  'project-unknown': 2,
  'conversation-unknown': 2,
} as const satisfies FailureTable
