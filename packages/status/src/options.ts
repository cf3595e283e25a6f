import type { CommandTable, Values } from '@cac/core/command/table'
import { statusFailures } from './failures'

const LIST = ['messages', 'exit-code'] as const

export const statusTable = {
  name: 'cross-agent-status',
  description: 'Snapshot of pending cross-agent messages across local projects.',
  failures: statusFailures,
  failureExit: 1,
  lists: [
    {
      title: 'What --doctor says of each part',
      rows: [
        ['✓', 'in order'],
        ['✗', 'wrong; what to do stands below'],
        ['–', 'optional, and not there'],
        ['?', 'cannot be told'],
      ],
    },
  ],
  positionals: [
    {
      name: 'conversation',
      kind: 'conversation',
      describe: 'With --sent: only this CONVERSATION_ID',
      onlyWith: 'sent',
    },
  ],
  options: {
    json: { kind: 'flag', describe: 'Print JSON' },
    'projects-glob': {
      kind: 'glob',
      placeholder: 'GLOB',
      describe: 'The inboxes to look into (default: ~/projects/*/inbox/from-agents/)',
    },
    here: { kind: 'flag', added: true, describe: 'Only the project of the working folder' },
    project: { kind: 'project', added: true, placeholder: 'NAME', describe: 'Only that project' },
    sent: {
      kind: 'flag',
      added: true,
      describe: 'What this project sent and what became of it, here and on all peers',
    },
    messages: { kind: 'flag', added: true, describe: 'List the messages that wait' },
    thread: {
      kind: 'conversation',
      added: true,
      placeholder: 'CONVERSATION',
      describe:
        'All messages of a conversation that are on this machine, to and from all projects or that of --here, --project',
    },
    doctor: {
      kind: 'flag',
      added: true,
      describe: 'Check every part of the installation, and say what to do about what is wrong',
    },
    quiet: { kind: 'flag', added: true, describe: 'Print nothing' },
    'exit-code': {
      kind: 'flag',
      added: true,
      describe: 'Exit with 3 where a message waits, with 5 while halted',
    },
  },
  rules: [
    { of: ['doctor'], excludes: ['thread', 'sent', 'here', 'project', 'projects-glob', ...LIST] },
    { of: ['here'], excludes: ['project'] },
    { of: ['thread'], excludes: ['sent', 'projects-glob', 'quiet', ...LIST] },
    { of: ['sent'], excludes: ['projects-glob', 'quiet', ...LIST] },
    { of: ['here', 'project'], excludes: ['projects-glob'] },
  ],
  exitCodes: [
    [0, 'shown, also while halted'],
    [1, 'general failure; --doctor: something is wrong'],
    [2, 'the command line is wrong, or there is no such project or conversation'],
    [3, '--exit-code: a message waits'],
    [5, '--exit-code: halted'],
  ],
  examples: [
    ['$0', 'every project, those with waiting messages first'],
    ['$0 --here --quiet --exit-code', 'a gate for scripts: 3 where mail waits for this project'],
    ['$0 --sent', 'what this project sent: waits, done, released, answered, or kept here'],
    ['$0 --thread parser-bug', 'what was said in a conversation, in order'],
    ['$0 --doctor', 'what is wrong here and with the peers, and what to do'],
    ["$0 --projects-glob '~/work/*/inbox/from-agents/'", 'other inboxes'],
  ],
} as const satisfies CommandTable

/** The options as they were given. */
export type Options = Values<typeof statusTable>['options']
