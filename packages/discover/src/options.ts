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
    'add-root': {
      kind: 'file',
      added: true,
      placeholder: 'DIR',
      describe: 'Look for projects in this folder too, from now on, and print which are there',
    },
  },
  rules: [
    { of: ['name', 'yes'], needs: ['add'] },
    { of: ['add'], excludes: ['add-root', 'enumerate-remote', 'no-cache', 'peer', 'json'] },
    { of: ['add-root'], excludes: ['enumerate-remote', 'no-cache', 'peer'] },
  ],
  exitCodes: [
    [0, 'shown, even while halted or if peers cannot be reached; --add, --add-root: done'],
    [1, 'peers.toml is malformed or cannot be changed, or another failure'],
    [
      2,
      'the command line is wrong; --add: the host or its name does not do, or the answer is not yes; --add-root: no such folder',
    ],
  ],
  examples: [
    ['$0', 'the projects here, and which peers answer'],
    ['$0 --peer velox --enumerate-remote', 'the projects of the peer velox'],
    ['$0 --add me@velox.local', 'add this machine, after a question'],
    ['$0 --add-root ~/code', 'for projects that are not in ~/projects'],
  ],
} as const satisfies CommandTable
