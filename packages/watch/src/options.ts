import type { CommandTable } from '@cac/core/options'

export const watchTable = {
  name: 'cross-agent-watch',
  summary: 'Watch the inboxes of all projects and notify of every new message, until it is ended.',
  failureExit: 1,
  positionals: [],
  options: {
    'projects-glob': {
      kind: 'text',
      placeholder: 'GLOB',
      describe: 'The inboxes to watch (default: ~/projects/*/inbox/from-agents/)',
    },
    log: {
      kind: 'text',
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
