import type { CommandTable } from '@cac/core/command/table'
import { resumeFailures } from './failures'

export const resumeTable = {
  name: 'cross-agent-resume',
  description: 'Resume cross-agent comms after a halt.',
  details: [
    'Agents do not go on by themselves: tell each session to look for its mail again. That is what the output means by "polling".',
  ],
  failures: resumeFailures,
  failureExit: 1,
  positionals: [],
  options: {
    tailnet: { kind: 'flag', describe: 'Clear HALT on every peer of peers.toml, too' },
  },
  exitCodes: [
    [0, 'no longer halted: this machine, and with --tailnet every peer'],
    [1, 'still halted somewhere: what failed is listed'],
    [2, 'the command line is wrong'],
  ],
  examples: [
    ['$0', 'resume this machine'],
    ['$0 --tailnet', 'resume this machine and all peers'],
  ],
} as const satisfies CommandTable
