import type { CommandTable, Values } from '@cac/core/command/table'
import type { Wanted } from '@cac/core/delivery/draft'
import type { Source } from '@cac/core/delivery/read-message'
import { givenPath } from '@cac/core/fs/paths'
import { MESSAGE_TYPES, PROTOCOL_VERSION } from '@cac/core/message/protocol'
import { sendFailures } from './failures'

export const sendTable = {
  name: 'cross-agent-send',
  description: 'Send a cross-agent message.',
  details: [
    'Checks the header, signs and names the message, and delivers it to the inbox of the receiving project.',
    'Writes the header if -m, --reply-to, --title, --type or --conversation is given, and what YAML front matter leaves out. Sends a text that already has a header as it is.',
  ],
  forms: [
    ['to write', 'cross-agent-send DESTINATION -m TEXT'],
    ['to answer', 'cross-agent-send --reply-to MESSAGE -m TEXT'],
    ['to send a file', 'cross-agent-send DESTINATION FILE'],
  ],
  failures: sendFailures,
  failureExit: 1,
  positionals: [
    {
      name: 'destination',
      kind: 'destination',
      describe: 'Destination as <machine>.<project>, or a project of this machine; several with commas',
      optionalWith: ['reply-to', 'retry-failed'],
    },
    {
      name: 'message_file',
      kind: 'file',
      describe: 'The message: a file with the #+KEY: header or with YAML front matter; - is standard input',
      optionalWith: ['message', 'reply-to', 'retry-failed'],
    },
  ],
  options: {
    'no-sign': { kind: 'flag', describe: 'Do not sign (testing only: receivers reject unsigned messages)' },
    retries: {
      kind: 'integer',
      placeholder: 'N',
      default: 3,
      describe: 'How many times to retry another machine',
    },
    key: { kind: 'text', placeholder: 'ID', describe: 'The gpg key to sign with' },
    message: {
      kind: 'text',
      placeholder: 'TEXT',
      short: 'm',
      describe: 'The text of the message; send writes the header',
      added: true,
    },
    'reply-to': {
      kind: 'message',
      placeholder: 'FILE',
      describe: 'Answer this message: to its sender, in its conversation',
      added: true,
    },
    title: {
      kind: 'text',
      placeholder: 'TEXT',
      describe: 'The TITLE of the new header (default: the first line of the text)',
      added: true,
    },
    type: {
      kind: 'message-type',
      placeholder: 'TYPE',
      choices: MESSAGE_TYPES,
      describe:
        'The MESSAGE_TYPE of the new header (default: request; in an answer to a request or query: complete, else progress)',
      added: true,
    },
    conversation: {
      kind: 'conversation',
      placeholder: 'ID',
      describe: 'The CONVERSATION_ID of the new header (default: made from the title)',
      added: true,
    },
    'retry-failed': {
      kind: 'flag',
      describe: 'Retry kept messages, all or those for DESTINATION, once each',
      added: true,
    },
    wait: {
      kind: 'integer',
      placeholder: 'SECONDS',
      bare: 100,
      describe: 'Wait this long for the answer, show it, and take it for this session',
      added: true,
    },
    'dry-run': {
      kind: 'flag',
      describe: 'Print the message and its destination; sign and send nothing',
      added: true,
    },
  },
  checksRulesLater: true,
  rules: [
    {
      of: ['retry-failed'],
      excludes: [
        'message',
        'reply-to',
        'title',
        'type',
        'conversation',
        'key',
        'no-sign',
        'dry-run',
        'wait',
        'message_file',
      ],
      problem: '--retry-failed sends kept messages unchanged: leave out $given',
    },
    { of: ['dry-run'], excludes: ['wait'], problem: '--dry-run sends nothing: leave out $given' },
    { of: ['message'], excludes: ['message_file'], problem: '-m and $given: give one of them, not both' },
    {
      of: ['reply-to'],
      needs: ['message', 'destination', 'message_file'],
      problem: 'nothing to answer with: give -m TEXT, a file, or - for standard input',
    },
  ],
  lists: [
    {
      title: 'Header fields (lines of #+KEY: value; a blank line ends them)',
      rows: [
        ['TITLE', 'what the message is about'],
        ['CONVERSATION_ID', 'its conversation; part of the file name, without /'],
        ['MESSAGE_TYPE', MESSAGE_TYPES.join(', ')],
        ['SEQUENCE', 'its number in the conversation, one more than the last'],
        ['TIMESTAMP', 'ISO 8601 with an offset: 2026-04-27T04:11:42-05:00'],
        ['PROTOCOL_VERSION', PROTOCOL_VERSION],
        ['FROM, TO', 'machine.project of sender and receiver; written by send'],
        ['IN_REPLY_TO', 'the name of the answered message; written by send'],
      ],
    },
  ],
  exitCodes: [
    [0, 'sent; --wait: the answer is shown and taken'],
    [1, 'general failure: message unreadable, peers.toml malformed, signing failed, …'],
    [2, 'destination not found, the text lies elsewhere, or the command line is wrong'],
    [3, 'delivery to another machine failed; the message is kept'],
    [4, 'the header of the message is not valid'],
    [5, 'halted: nothing was sent; --wait: after the line sent:, only the wait has ended'],
    [124, '--wait: sent, but no answer came in that time'],
  ],
  examples: [
    ['$0 career -m "Three sacks, please."', 'to a project on this machine; send writes the header'],
    ['$0 --reply-to MESSAGE --type complete -m "Done."', 'an answer to its sender'],
    ['$0 career -m "Which flour?" --type query --wait', 'ask, and wait for the answer'],
    ['make report | $0 career - --title Report', 'a text from standard input'],
    ['$0 local.career message.org', 'to a project on this machine'],
    ['$0 velox.career message.org', 'to a project on the peer velox'],
    ['$0 mill,velox.career -m "Done."', 'to several; send writes the header for each'],
    ['$0 --retry-failed', 'retry kept messages; exits 0 when nothing is left'],
  ],
} as const satisfies CommandTable

/** The options as they were given. */
export type Flags = Values<typeof sendTable>['options']

/** What the command line asks for. */
export interface Request {
  /** Undefined in an answer that goes to the sender of the message. */
  readonly destination: string | undefined
  readonly source: Source
  /** The path of the message that is answered. */
  readonly replyTo: string | undefined
  /** The given fields of a new header. Undefined if no header is to be written. */
  readonly wanted: Wanted | undefined
}

/** Sorts out what the words of the command line are. The table's rules hold. */
export function requestOf({ options, positionals }: Values<typeof sendTable>): Request {
  const { message, title, type, conversation } = options
  const replyTo = options['reply-to']
  const isComposed = [message, title, type, conversation, replyTo].some((value) => value !== undefined)
  const shared = { replyTo, wanted: isComposed ? { title, type, conversation } : undefined }
  const { destination, message_file: second } = positionals
  if (message !== undefined) return { ...shared, destination, source: { is: 'text', text: message } }
  // Without -m the last word is the message; in an answer the destination may be left out before it.
  const [before, file] = second === undefined ? [undefined, destination] : [destination, second]
  return { ...shared, destination: before, source: sourceOf(file ?? '') }
}

/** A file of that name is `./-` (contract C3). */
function sourceOf(word: string): Source {
  return word === '-' ? { is: 'standard-input' } : { is: 'file', path: givenPath(word) }
}
