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
      title: 'Marks of --doctor',
      rows: [
        ['✓', 'in order'],
        ['✗', 'wrong; the remedy follows below'],
        ['–', 'optional, and absent'],
        ['?', 'could not be checked'],
      ],
    },
  ],
  positionals: [
    {
      name: 'conversation',
      kind: 'conversation',
      describe: 'Show only this CONVERSATION_ID',
      onlyWith: 'sent',
    },
  ],
  options: {
    json: { kind: 'flag', describe: 'Print JSON' },
    'projects-glob': {
      kind: 'glob',
      placeholder: 'GLOB',
      describe: 'The inboxes to show (default: ~/projects/*/inbox/from-agents/)',
    },
    here: { kind: 'flag', added: true, describe: 'Show only the project of the working folder' },
    project: { kind: 'project', added: true, placeholder: 'NAME', describe: 'Show only this project' },
    sent: {
      kind: 'flag',
      added: true,
      describe: 'Show what this project sent and the state of each message, here and on all peers',
    },
    messages: { kind: 'flag', added: true, describe: 'List the messages that wait' },
    thread: {
      kind: 'conversation',
      added: true,
      placeholder: 'CONVERSATION',
      describe:
        'Show the messages of a conversation on this machine, for all projects or that of --here or --project',
    },
    html: {
      kind: 'file',
      added: true,
      placeholder: 'FILE',
      describe:
        'Write all conversations on this machine, or those of --here or --project, as a page for a browser',
    },
    doctor: {
      kind: 'flag',
      added: true,
      describe: 'Check every part of the installation, and name a remedy for each fault',
    },
    line: {
      kind: 'flag',
      added: true,
      describe: 'Print one short line for a status line, or nothing: 2 mail, 1 aside',
    },
    follow: {
      kind: 'flag',
      added: true,
      describe: 'Print what waits, then a line for each thing that happens, until it is ended',
    },
    quiet: { kind: 'flag', added: true, describe: 'Print nothing' },
    'exit-code': {
      kind: 'flag',
      added: true,
      describe: 'Exit with 3 if a message waits, with 5 while halted',
    },
  },
  rules: [
    {
      of: ['html'],
      excludes: ['json', 'line', 'doctor', 'thread', 'sent', 'projects-glob', 'quiet', ...LIST],
    },
    { of: ['line'], excludes: ['follow', 'json', 'quiet', 'messages', 'doctor', 'thread', 'sent'] },
    { of: ['doctor'], excludes: ['thread', 'sent', 'here', 'project', 'projects-glob', ...LIST] },
    { of: ['here'], excludes: ['project'] },
    { of: ['follow'], excludes: ['doctor', 'thread', 'sent', 'projects-glob', 'quiet', ...LIST] },
    { of: ['thread'], excludes: ['sent', 'projects-glob', 'quiet', ...LIST] },
    { of: ['sent'], excludes: ['projects-glob', 'quiet', ...LIST] },
    { of: ['here', 'project'], excludes: ['projects-glob'] },
  ],
  exitCodes: [
    [0, 'shown, even while halted'],
    [1, 'general failure; --doctor: a part is wrong'],
    [2, 'the command line is wrong, there is no such project or conversation, or FILE is not a page of ours'],
    [3, '--exit-code: a message waits'],
    [5, '--exit-code: halted'],
  ],
  examples: [
    ['$0', 'every project, those with waiting messages first'],
    ['$0 --here --quiet --exit-code', 'a gate for scripts: 3 if mail waits for this project'],
    ['$0 --here --line', 'for a status line: 2 mail, 1 aside'],
    ['$0 --sent', 'sent messages: waits, done, released, answered, or kept here'],
    ['$0 --thread parser-bug', 'the messages of a conversation, in order'],
    ['$0 --html mail.html', 'all conversations as a page for a browser'],
    ['$0 --follow', 'what happens on this machine, as it happens'],
    ['$0 --doctor', 'faults here and on the peers, with remedies'],
    ["$0 --projects-glob '~/work/*/inbox/from-agents/'", 'other inboxes'],
  ],
} as const satisfies CommandTable

/** The options as they were given. */
export type Options = Values<typeof statusTable>['options']
