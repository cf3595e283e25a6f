import { isUtf8 } from 'node:buffer'
import { brakeOf, requireNotHalted } from '../brake/halt'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { isTooLarge } from '../fs/files'
import { LARGEST_MESSAGE, type Snapshot, takeSnapshot } from '../fs/snapshot'
import { readStandardInput } from '../fs/standard-input'
import { hasCode, reasonOf } from '../fs/system-error'
import { messageMissing } from '../message/failures'
import type { Header } from '../message/header'
import { headerOfMessage } from '../message/message-head'
import { headerProblem, MESSAGE_TYPES, PROTOCOL_VERSION } from '../message/protocol'
import { hidesFirstField, removeByteOrderMark } from '../text/byte-order-mark'
import { repr } from '../text/python-text'
import { hintForUndecodable, toBytes } from '../text/raw-name'
import { CONTROL_CHARACTER } from '../text/terminal'

/** The source of the text to be sent. */
export type Source =
  | { readonly is: 'file'; readonly path: string }
  | { readonly is: 'standard-input' }
  | { readonly is: 'text'; readonly text: string }

const NAMES = { file: 'message file', 'standard-input': 'standard input', text: 'the text of -m' } as const

/** The text as read once, UTF-8. `file` is its file, if it came from one. */
export interface SourceText {
  readonly bytes: Buffer
  readonly file: Snapshot | undefined
}

/**
 * Reads the text to be sent. Throws Failure (exit 1) if it cannot be read or is not text, and (exit 5) if the brake is
 * set while reading standard input.
 */
export async function readSource(source: Source, context: Context): Promise<SourceText> {
  if (source.is === 'file') return readTextFile(source.path)
  const bytes = source.is === 'text' ? toBytes(source.text) : await readInput(context)
  return requireText({ bytes, file: undefined }, source.is)
}

/** Reads a file of text. Throws Failure as `readSource` does. */
export function readTextFile(path: string): SourceText {
  return requireText(readFile(path), 'file')
}

function requireText(text: SourceText, from: Source['is']): SourceText {
  if (isUtf8(text.bytes)) return text
  throw new Failure('message-unreadable', {
    message: `cannot read ${NAMES[from]}: not UTF-8 text`,
    hint: 'save the message as UTF-8',
  })
}

function readFile(path: string): SourceText {
  try {
    const file = takeSnapshot(path)
    return { bytes: file.bytes, file }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENOTFILE')) {
      throw messageMissing({ path, hint: hintForUndecodable(path) ?? hintForText(path) }, error)
    }
    throw unreadable(error, NAMES.file)
  }
}

/** A path with blanks was probably meant as text. */
function hintForText(path: string): string | undefined {
  return /\s/.test(path) ? 'to send a text, put -m before it' : undefined
}

async function readInput(context: Context): Promise<Buffer> {
  let bytes: Buffer | undefined
  try {
    bytes = await readStandardInput(LARGEST_MESSAGE, brakeOf(context))
  } catch (error) {
    throw unreadable(error, NAMES['standard-input'])
  }
  // Reading may have taken a long time.
  requireNotHalted(context)
  if (bytes === undefined) throw unreadable(new Error('it did not end'), NAMES['standard-input'])
  return bytes
}

function unreadable(error: unknown, what: string): Failure {
  if (isTooLarge(error)) {
    return new Failure('message-unreadable', {
      message: `${what} is larger than 100 MB`,
      hint: 'send a shorter one that says where the rest is',
    })
  }
  return new Failure('message-unreadable', { message: `cannot read ${what}: ${reasonOf(error)}` }, error)
}

/** A message with a valid header: these bytes are signed and delivered. */
export interface Message {
  readonly bytes: Buffer
  /** The file that holds them; undefined for a composed message or standard input. */
  readonly file: Snapshot | undefined
  readonly header: Header
  readonly conversation: string
}

/** A message, or why its header is invalid. */
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

/** The failure for a faulty header, with the corrected line. `now` is in milliseconds since the epoch. */
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

/** Throws Failure (exit 4) if a byte order mark hides the first header field (contract B60). */
export function requireVisibleHeader({ bytes, file }: SourceText): void {
  if (!hidesFirstField(bytes)) return
  throw new Failure('header-invalid', {
    message: 'a byte order mark hides the first field of the header; nothing was sent',
    hint: file === undefined ? 'give the text without it' : `take it away: ${removeByteOrderMark(file.path)}`,
  })
}

/** Bytes that are searched for an intended header. */
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
