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
    add: {
      kind: 'text',
      placeholder: 'HOST',
      describe: 'Add a machine that ssh reaches: exchange keys and entries of peers.toml',
      added: true,
    },
    name: {
      kind: 'text',
      placeholder: 'NAME',
      describe: "What it is called here (default: the first part of HOST's name)",
      added: true,
    },
    yes: { kind: 'flag', describe: 'Do not ask', added: true },
  },
  rules: [
    { of: ['name', 'yes'], needs: ['add'] },
    { of: ['add'], excludes: ['enumerate-remote', 'no-cache', 'peer', 'json'] },
  ],
  exitCodes: [
    [0, 'shown, even while halted or if peers cannot be reached; with --add: added, or known already'],
    [1, 'peers.toml is malformed, or another failure'],
    [2, 'the command line is wrong; with --add: the host or its name does not do, or the answer is not yes'],
  ],
  examples: [
    ['$0', 'the projects here, and which peers answer'],
    ['$0 --peer velox --enumerate-remote', 'the projects of the peer velox'],
    ['$0 --add me@velox.local', 'add this machine, after a question'],
  ],
} as const satisfies CommandTable
