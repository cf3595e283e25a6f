import type { CommandTable } from '@cac/core/command/table'
import { watchFailures } from './failures'

export const watchTable = {
  name: 'cross-agent-watch',
  description:
    'Watches inbox/from-agents/ directories for new cross-agent messages and fires\ndesktop notifications.',
  details: ['Runs until it is ended.'],
  failures: watchFailures,
  failureExit: 1,
  positionals: [],
  options: {
    'projects-glob': {
      kind: 'glob',
      placeholder: 'GLOB',
      describe: 'The inboxes to watch (default: ~/projects/*/inbox/from-agents/)',
    },
    log: {
      kind: 'file',
      placeholder: 'PATH',
      describe: 'The log (default: ~/.local/state/cross-agent-comms/watch.log)',
    },
    quiet: { kind: 'flag', describe: 'Print nothing; notify and log all the same' },
    'no-notify': { kind: 'flag', describe: 'Notify nobody; print and log all the same' },
  },
  exitCodes: [
    [0, 'help or version shown'],
    [1, 'unknown flag, no inbox to watch, or watching is no longer possible'],
  ],
  examples: [
    ['$0', 'all projects, with desktop notifications'],
    ['$0 --quiet --log /dev/null', 'notifications only'],
  ],
} as const satisfies CommandTable
