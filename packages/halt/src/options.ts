import type { CommandTable } from '@cac/core/command/table'
import { haltFailures } from './failures'

export const haltTable = {
  name: 'cross-agent-halt',
  description: 'Halt all cross-agent comms on this machine (and optionally tailnet).',
  details: [
    'Until cross-agent-resume, the commands send, decide and notify nothing.',
    'An agent that checks for mail repeatedly ("polling") stops at its next check ("one cadence cycle").',
  ],
  failures: haltFailures,
  failureExit: 1,
  positionals: [
    {
      name: 'reason',
      kind: 'text',
      describe: 'The reason, for people who find it halted; needs no quotes',
      rest: true,
    },
  ],
  options: {
    tailnet: { kind: 'flag', describe: 'Also halt every peer of peers.toml' },
    'no-stop-watcher': { kind: 'flag', describe: 'Leave the watcher running, here and on peers' },
  },
  exitCodes: [
    [0, 'halted: this machine, and with --tailnet every peer'],
    [1, 'not halted everywhere; the output lists the failures'],
    [2, 'the command line is wrong; nothing was halted'],
  ],
  examples: [
    ['$0 runaway loop in homelab', 'halt this machine'],
    ['$0 --tailnet system update', 'halt this machine and all peers'],
  ],
} as const satisfies CommandTable
