import { isUtf8 } from 'node:buffer'
import { brakeOf, requireNotHalted } from '../brake/halt'
import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import { isTooLarge } from '../fs/files'
import { LARGEST_MESSAGE, type Snapshot, takeSnapshot } from '../fs/snapshot'
import { readStandardInput } from '../fs/standard-input'
import { hasCode, reasonOf } from '../fs/system-error'
import { messageMissing } from '../message/failures'
import { hintForUndecodable, toBytes } from '../text/raw-name'

/** Where the text to be sent comes from. */
export type Source =
  | { readonly is: 'file'; readonly path: string }
  | { readonly is: 'standard-input' }
  | { readonly is: 'text'; readonly text: string }

const NAMES = { file: 'message file', 'standard-input': 'standard input', text: 'the text of -m' } as const

/** The text as it was read once, UTF-8. `file` is where it was read from, if that was a file. */
export interface SourceText {
  readonly bytes: Buffer
  readonly file: Snapshot | undefined
}

/**
 * Reads the text to be sent. Throws Failure (exit 1) where it cannot be read or is no text, and (exit 5) where the brake
 * is set while standard input is waited for.
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

/** What has blanks was hardly meant to be a file. */
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
  // It may have taken any time.
  requireNotHalted(context)
  if (bytes === undefined) throw unreadable(new Error('it did not end'), NAMES['standard-input'])
  return bytes
}

function unreadable(error: unknown, what: string): Failure {
  if (isTooLarge(error)) {
    return new Failure('message-unreadable', {
      message: `${what} is larger than 100 MB`,
      hint: 'send a shorter one that says where the rest lies',
    })
  }
  return new Failure('message-unreadable', { message: `cannot read ${what}: ${reasonOf(error)}` }, error)
}
