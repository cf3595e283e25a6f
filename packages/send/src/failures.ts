import type { FailureTable } from '@cac/core/command/failure'

declare module '@cac/core/command/failure' {
  interface FailureKinds {
    'delivery-failed': true
    'inbox-path-misread': true
    'name-too-long': true
  }
}

/** The exit code of each kind of failure; the others end with the table's `failureExit`. */
export const sendFailures = {
  usage: 2,
  'message-has-header': 2,
  'unknown-type': 2,
  'text-elsewhere': 2,
  halted: 5,
  'destination-unusable': 2,
  'header-invalid': 4,
  'name-too-long': 4,
  'peers-file': 1,
  'message-missing': 1,
  'message-unreadable': 1,
  'message-changed': 1,
  'gpg-missing': 1,
  'signing-failed': 1,
  'git-hangs': 1,
  'inbox-path-misread': 1,
  'delivery-failed': 1,
  'nowhere-to-wait': 1,
  'conversation-held': 1,
} as const satisfies FailureTable
