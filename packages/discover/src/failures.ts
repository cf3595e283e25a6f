import type { FailureTable } from '@cac/core/command/failure'
import type {} from '@cac/core/project/add-root'

/** The exit code of each kind of failure; the others end with the table's `failureExit`. */
export const discoverFailures = {
  usage: 2,
  'root-unusable': 2,
  'peers-file': 1,
  'machine-unusable': 2,
  'not-agreed': 2,
  'machine-silent': 1,
  'machine-refused': 1,
  'machine-half-added': 1,
  'signing-failed': 1,
} as const satisfies FailureTable
