import type { CommandTable } from '@cac/core/command/table'
import { resumeFailures } from './failures'

export const resumeTable = {
  name: 'cross-agent-resume',
  description: 'Resume cross-agent comms after a halt.',
  details: [
    'Agents do not resume by themselves. Tell each session to check its mail again. The output calls this "polling".',
  ],
  failures: resumeFailures,
  failureExit: 1,
  positionals: [],
  options: {
    tailnet: { kind: 'flag', describe: 'Also clear HALT on every peer of peers.toml' },
  },
  exitCodes: [
    [0, 'no longer halted: this machine, and with --tailnet every peer'],
    [1, 'still halted somewhere; the output lists the failures'],
    [2, 'the command line is wrong'],
  ],
  examples: [
    ['$0', 'resume this machine'],
    ['$0 --tailnet', 'resume this machine and all peers'],
  ],
} as const satisfies CommandTable
