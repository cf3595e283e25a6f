import { Failure } from '../command/failure'
import type { Snapshot } from '../fs/snapshot'
import type { Header } from '../message/header'
import { headerOfMessage } from '../message/message-head'
import { headerProblem, MESSAGE_TYPES, PROTOCOL_VERSION } from '../message/protocol'
import { hidesFirstField, removeByteOrderMark } from '../text/byte-order-mark'
import { repr } from '../text/python-text'
import { CONTROL_CHARACTER } from '../text/terminal'
import type { SourceText } from './source'

/** A message whose header holds: these bytes are what is signed and delivered. */
export interface Message {
  readonly bytes: Buffer
  /** The file that they are; undefined for a message that was composed or came from standard input. */
  readonly file: Snapshot | undefined
  readonly header: Header
  readonly conversation: string
}

/** A message, or why its header does not hold. */
export type Reading =
  | { readonly is: 'message'; readonly message: Message }
  | { readonly is: 'faulty'; readonly problem: string; readonly header: Header | undefined }

/** Reads the header of a text and checks it. */
export function readMessage({ bytes, file }: SourceText): Reading {
  const header = headerOfMessage(bytes)
  if (header === undefined) return { is: 'faulty', problem: 'the header does not end within 64 KB', header }
  const problem = headerProblem(header) ?? versionProblem(header) ?? conversationProblem(header)
  if (problem !== undefined) return { is: 'faulty', problem, header }
  const conversation = header.get('CONVERSATION_ID') ?? ''
  return { is: 'message', message: { bytes, file, header, conversation } }
}

/** The failure of a faulty header, with the line as it should be. `now` in milliseconds since the epoch. */
export async function headerFailure(
  { problem, header }: Extract<Reading, { is: 'faulty' }>,
  { bytes }: Pick<SourceText, 'bytes'>,
  now: number,
): Promise<Failure> {
  if (header === undefined) {
    const hint = 'a message begins with its fields; a blank line ends them'
    return new Failure('header-invalid', { message: problem, hint })
  }
  const { headerHint } = await import('./header-hint')
  const hint = headerHint({ header, text: bytes.toString('utf8', 0, HINTED), now })
  const general = `every message needs them; types: ${MESSAGE_TYPES.join(', ')}`
  return new Failure('header-invalid', { message: problem, hint: hint ?? general })
}

/** Throws Failure (exit 4) where a byte order mark hides the first field of a header (contract B60). */
export function requireVisibleHeader({ bytes, file }: SourceText): void {
  if (!hidesFirstField(bytes)) return
  throw new Failure('header-invalid', {
    message: 'a byte order mark hides the first field of the header; nothing was sent',
    hint: file === undefined ? 'give the text without it' : `take it away: ${removeByteOrderMark(file.path)}`,
  })
}

/** Bytes in which what was meant to be a header is looked for. */
const HINTED = 64 * 1024

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
