import type { FailureTable } from '@cac/core/command/failure'

declare module '@cac/core/command/failure' {
  interface FailureKinds {
    'no-inbox': true
    'no-inbox-left': true
  }
}

/** The exit code of each kind of failure; the others end with the table's `failureExit`. */
export const watchFailures = {
  'unknown-flag': 1,
  halted: 5,
  'project-unknown': 1,
  'settings-not-json': 1,
  'settings-misshaped': 1,
  'settings-unreadable': 1,
  'settings-unwritable': 1,
  'settings-changed': 1,
  'settings-committed': 1,
  'no-inbox': 1,
  'no-inbox-left': 1,
} as const satisfies FailureTable
