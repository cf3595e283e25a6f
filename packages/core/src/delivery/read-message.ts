import { isUtf8 } from 'node:buffer'
import { Failure } from '../command/failure'
import { isTooLarge } from '../fs/files'
import { type Snapshot, takeSnapshot } from '../fs/snapshot'
import { hasCode, reasonOf } from '../fs/system-error'
import type { Header } from '../message/header'
import { headerOfMessage } from '../message/message-head'
import { headerProblem, MESSAGE_TYPES, PROTOCOL_VERSION } from '../message/protocol'
import { repr } from '../text/python-text'
import { hintForUndecodable } from '../text/raw-name'
import { CONTROL_CHARACTER } from '../text/terminal'

/** A message as one read found it: these bytes are what is checked, signed and delivered. */
export interface Message {
  readonly file: Snapshot
  readonly header: Header
  readonly conversation: string
}

/** Reads and checks the message. Throws Failure: exit 1 where it cannot be read, 4 for its header. */
export function readMessage(path: string): Message {
  const file = readFile(path)
  if (!isUtf8(file.bytes)) {
    const reason = 'cannot read message file: not UTF-8 text'
    throw new Failure('message-unreadable', { reason, hint: 'save the message as UTF-8' })
  }
  const header = headerOfMessage(file.bytes)
  if (header === undefined) {
    throw new Failure('header-invalid', {
      problem: 'the header does not end within 64 KB',
      hint: 'a message begins with its fields; a blank line ends them',
    })
  }
  const problem = headerProblem(header) ?? versionProblem(header) ?? conversationProblem(header)
  if (problem !== undefined) {
    const hint = `every message needs them; types: ${MESSAGE_TYPES.join(', ')}`
    throw new Failure('header-invalid', { problem, hint })
  }
  return { file, header, conversation: header.get('CONVERSATION_ID') ?? '' }
}

function readFile(path: string): Snapshot {
  try {
    return takeSnapshot(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENOTFILE')) {
      throw new Failure('message-missing', { path, hint: hintForUndecodable(path) }, error)
    }
    if (isTooLarge(error)) {
      throw new Failure('message-unreadable', {
        reason: 'message file is larger than 100 MB',
        hint: 'send a shorter one that says where the rest lies',
      })
    }
    throw new Failure('message-unreadable', { reason: `cannot read message file: ${reasonOf(error)}` }, error)
  }
}

function versionProblem(header: Header): string | undefined {
  const version = header.get('PROTOCOL_VERSION') ?? ''
  return version === PROTOCOL_VERSION
    ? undefined
    : `PROTOCOL_VERSION must be ${PROTOCOL_VERSION}; got ${repr(version)}`
}

/** The conversation becomes part of a file name (contract B7). */
function conversationProblem(header: Header): string | undefined {
  const conversation = header.get('CONVERSATION_ID') ?? ''
  if (conversation === '') return 'CONVERSATION_ID must not be empty'
  if (conversation.includes('/')) return `CONVERSATION_ID must not contain '/'; got ${repr(conversation)}`
  if (CONTROL_CHARACTER.test(conversation))
    return `CONVERSATION_ID must not contain control characters; got ${repr(conversation)}`
  return undefined
}
