import type { CommandTable } from '@cac/core/command/table'
import { sendFailures } from './failures'

export const sendTable = {
  name: 'cross-agent-send',
  description: 'Send a cross-agent message.',
  details: [
    'Checks the header, signs the message, gives it its name and delivers it into the inbox of the receiving project.',
  ],
  failures: sendFailures,
  failureExit: 1,
  positionals: [
    { name: 'destination', kind: 'destination', describe: 'Destination as <machine>.<project>' },
    { name: 'message_file', kind: 'message', describe: 'The message: a file with the #+KEY: header' },
  ],
  options: {
    'no-sign': { kind: 'flag', describe: 'Do not sign (testing only: receivers reject unsigned messages)' },
    retries: {
      kind: 'integer',
      placeholder: 'N',
      default: 3,
      describe: 'Further tries to reach another machine',
    },
    key: { kind: 'text', placeholder: 'ID', describe: 'The gpg key to sign with' },
  },
  exitCodes: [
    [0, 'sent'],
    [1, 'general failure: message unreadable, peers.toml malformed, signing failed, …'],
    [2, 'destination not found, or the command line is wrong'],
    [3, 'delivery to another machine failed'],
    [4, 'the header of the message is not valid'],
    [5, 'halted: nothing was sent'],
  ],
  examples: [
    ['$0 local.career message.org', 'to a project on this machine'],
    ['$0 velox.career message.org', 'to a project on the peer velox'],
  ],
} as const satisfies CommandTable
