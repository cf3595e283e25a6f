import type { CommandTable } from '@cac/core/command/table'
import { PROTOCOL_VERSION } from '@cac/core/message/protocol'
import { recvFailures } from './failures'

export const recvTable = {
  name: 'cross-agent-recv',
  description: 'Receive and decide on a cross-agent message.',
  details: ['Prints process, dedup, query or reject, and ends with the exit code of that decision.'],
  failures: recvFailures,
  failureExit: 3,
  positionals: [
    {
      name: 'message_file',
      kind: 'message',
      describe: 'A message in inbox/from-agents/, its signature beside it',
    },
  ],
  options: {
    'no-verify': { kind: 'flag', describe: 'Do not verify the signature (testing only)' },
    'no-dedup': { kind: 'flag', describe: 'Do not look for an identical message (testing only)' },
    'protocol-version': {
      kind: 'text',
      placeholder: 'N',
      default: PROTOCOL_VERSION,
      describe: 'The protocol version to expect',
    },
    json: { kind: 'flag', describe: 'Print the decision as JSON' },
    'compact-json': { kind: 'flag', describe: 'With --json: on one line' },
  },
  exitCodes: [
    [0, 'process: act on the message'],
    [1, 'dedup: an identical copy came earlier; do nothing'],
    [2, 'query: ask the sender (reason says what); also: the command line is wrong'],
    [3, 'reject: show it to the user, do not act'],
    [5, 'halted: nothing was decided, the message stays where it is'],
  ],
  examples: [
    ['$0 inbox/from-agents/message.org', 'decide, dispatch on the exit code'],
    ['$0 --json message.org', 'the decision as JSON'],
  ],
} as const satisfies CommandTable
