import type { CommandTable } from '@cac/core/command/table'
import { haltFailures } from './failures'

export const haltTable = {
  name: 'cross-agent-halt',
  description: 'Halt all cross-agent comms on this machine (and optionally tailnet).',
  details: [
    'Nothing is sent, decided or notified of until cross-agent-resume.',
    'An agent that looks for mail again and again ("polling") stops when it looks the next time ("one cadence cycle").',
  ],
  failures: haltFailures,
  failureExit: 1,
  positionals: [
    {
      name: 'reason',
      kind: 'text',
      describe: 'Why, for whoever finds it halted; needs no quotes',
      rest: true,
    },
  ],
  options: {
    tailnet: { kind: 'flag', describe: 'Halt every peer of peers.toml, too' },
    'no-stop-watcher': { kind: 'flag', describe: 'Leave the watcher running, here and on peers' },
  },
  exitCodes: [
    [0, 'halted: this machine, and with --tailnet every peer'],
    [1, 'not halted everywhere: what failed is listed'],
    [2, 'the command line is wrong; nothing was halted'],
  ],
  examples: [
    ['$0 runaway loop in homelab', 'halt this machine'],
    ['$0 --tailnet system update', 'halt this machine and all peers'],
  ],
} as const satisfies CommandTable
