import type { CommandTable } from '@cac/core/command/table'
import { discoverFailures } from './failures'

export const discoverTable = {
  name: 'cross-agent-discover',
  description: 'Discover cross-agent destinations.',
  details: ['Lists the projects of this machine and the peers of peers.toml, and says which peers answer.'],
  failures: discoverFailures,
  failureExit: 1,
  positionals: [],
  options: {
    'enumerate-remote': { kind: 'flag', describe: 'Also list the projects of the peers' },
    'no-cache': {
      kind: 'flag',
      describe: 'Ask the peers again, also if that was done in the last 5 minutes',
    },
    peer: { kind: 'peer', placeholder: 'NAME', describe: 'Only this peer of peers.toml' },
    json: { kind: 'flag', describe: 'Print JSON' },
  },
  exitCodes: [
    [0, 'shown, also while halted and where peers cannot be reached'],
    [1, 'peers.toml is malformed, or another failure'],
    [2, 'the command line is wrong'],
  ],
  examples: [
    ['$0', 'projects here, and whether the peers answer'],
    ['$0 --peer velox --enumerate-remote', 'the projects of the peer velox'],
  ],
} as const satisfies CommandTable
