import type { FailureTable } from '@cac/core/command/failure'

declare module '@cac/core/command/failure' {
  interface FailureKinds {
    'conversation-unknown': true
  }
}

/** The exit code of each kind of failure; the others end with the table's `failureExit`. */
export const statusFailures = {
  usage: 2,
  'project-unknown': 2,
  'conversation-unknown': 2,
  'not-our-page': 2,
} as const satisfies FailureTable
