import type { FailureTable } from '@cac/core/command/failure'

declare module '@cac/core/command/failure' {
  interface FailureKinds {
    'nothing-waits': true
  }
}

/** The exit code of each kind of failure; the others end with the table's `failureExit`. */
export const recvFailures = {
  usage: 2,
  halted: 5,
  'message-missing': 3,
  'not-finished': 3,
  'nothing-waits': 6,
  'not-taken': 3,
  'taken-elsewhere': 6,
  'not-put-back': 3,
  'project-unknown': 2,
} as const satisfies FailureTable
