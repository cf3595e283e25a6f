import type { CommandTable, Values } from '@cac/core/command/table'
import { PROTOCOL_VERSION } from '@cac/core/message/protocol'
import { recvFailures } from './failures'

export const recvTable = {
  name: 'cross-agent-recv',
  description: 'Receive and decide on a cross-agent message.',
  details: [
    'Prints process, dedup, query or reject, and exits with the code of that decision.',
    'A message waits until a release answers it or --done moves it to done/ in its inbox.',
  ],
  forms: [
    ['to read what waits here', 'cross-agent-recv --next'],
    ['to decide on one message', 'cross-agent-recv MESSAGE'],
    ['to finish one', 'cross-agent-recv --done MESSAGE'],
    ['to share them among sessions', 'cross-agent-recv --next --take'],
  ],
  failures: recvFailures,
  failureExit: 3,
  positionals: [
    {
      name: 'message_file',
      kind: 'message',
      describe: 'A message in inbox/from-agents/, with its signature beside it',
      manyWith: ['done', 'put-back'],
      optionalWith: ['next'],
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
    'compact-json': { kind: 'flag', describe: 'With --json: print it on one line' },
    show: { kind: 'flag', added: true, describe: 'Also show the signers, from, to, title and body' },
    next: { kind: 'flag', added: true, describe: 'Show the first message that waits in this project' },
    project: {
      kind: 'project',
      added: true,
      placeholder: 'NAME',
      describe: 'With --next: the project (default: that of the working folder)',
    },
    done: { kind: 'flag', added: true, describe: 'Move the messages to done/' },
    take: {
      kind: 'flag',
      added: true,
      describe: 'With --next or a message: show it and take it for this session, with its conversation',
    },
    for: {
      kind: 'integer',
      added: true,
      placeholder: 'SECONDS',
      describe: 'With --take: until it ends by itself (default: 3600; at most 86400)',
    },
    'put-back': {
      kind: 'flag',
      added: true,
      describe: 'Bring the messages back from aside/, or give back what this session took',
    },
  },
  rules: [
    { of: ['project'], needs: ['next'] },
    {
      of: ['next'],
      unless: ['done'],
      excludes: ['message_file'],
      problem: 'argument --next: takes no message_file of its own',
    },
    { of: ['done'], excludes: ['put-back'] },
    { of: ['put-back'], excludes: ['next', 'show', 'take'] },
    { of: ['done'], unless: ['next'], excludes: ['show', 'take'] },
    { of: ['for'], needs: ['take'] },
    {
      of: ['done', 'put-back'],
      unless: ['next'],
      needs: ['message_file'],
      problem: 'the following arguments are required: message_file',
    },
  ],
  exitCodes: [
    [0, 'process: act on the message'],
    [1, 'dedup: there is an earlier identical copy; do nothing'],
    [2, 'query: ask the sender (reason says what); also: the command line is wrong'],
    [3, 'reject: show it to the user, do not act; also: --done, --put-back or --take failed'],
    [5, 'halted: nothing was decided, the message stays where it is'],
    [6, '--next: nothing waits; --take: nothing is left to take'],
  ],
  examples: [
    ['$0 inbox/from-agents/message.org', 'decide; act by the exit code'],
    ['$0 --json message.org', 'the decision as JSON'],
    ['$0 --next', 'decide on the first message that waits here, and show it'],
    ['$0 --done message.org --next', 'finish that message, and show the next one'],
    ['$0 --next --take', 'the first message that no other session has taken; take it'],
  ],
} as const satisfies CommandTable

/** The options as they were given. */
export type Options = Values<typeof recvTable>['options']
