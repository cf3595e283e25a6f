import type { CommandTable } from '@cac/core/command/table'
import { discoverFailures } from './failures'

export const discoverTable = {
  name: 'cross-agent-discover',
  description: 'Discover cross-agent destinations.',
  details: ['Lists the projects of this machine and the peers in peers.toml, and says which peers answer.'],
  failures: discoverFailures,
  failureExit: 1,
  positionals: [],
  options: {
    'enumerate-remote': { kind: 'flag', describe: 'Also list the projects of the peers' },
    'no-cache': {
      kind: 'flag',
      describe: 'Ask the peers again, even if they answered in the last 5 minutes',
    },
    peer: { kind: 'peer', placeholder: 'NAME', describe: 'Ask only this peer of peers.toml' },
    json: { kind: 'flag', describe: 'Print JSON' },
  },
  exitCodes: [
    [0, 'shown, even while halted or if peers cannot be reached'],
    [1, 'peers.toml is malformed, or another failure'],
    [2, 'the command line is wrong'],
  ],
  examples: [
    ['$0', 'the projects here, and which peers answer'],
    ['$0 --peer velox --enumerate-remote', 'the projects of the peer velox'],
  ],
} as const satisfies CommandTable
