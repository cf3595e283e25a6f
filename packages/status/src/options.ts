import type { CommandTable } from '@cac/core/command/table'
import { statusFailures } from './failures'

export const statusTable = {
  name: 'cross-agent-status',
  description: 'Snapshot of pending cross-agent messages across local projects.',
  failures: statusFailures,
  failureExit: 1,
  positionals: [],
  options: {
    json: { kind: 'flag', describe: 'Print JSON' },
    'projects-glob': {
      kind: 'glob',
      placeholder: 'GLOB',
      describe: 'The inboxes to look into (default: ~/projects/*/inbox/from-agents/)',
    },
  },
  exitCodes: [
    [0, 'shown, also while halted'],
    [1, 'general failure'],
    [2, 'the command line is wrong'],
  ],
  examples: [
    ['$0', 'every project, those with waiting messages first'],
    ["$0 --projects-glob '~/work/*/inbox/from-agents/'", 'other inboxes'],
  ],
} as const satisfies CommandTable
