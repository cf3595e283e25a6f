import { isUtf8 } from 'node:buffer'
import { Failure } from '../command/failure'
import { isTooLarge } from '../fs/files'
import { LARGEST_MESSAGE, type Snapshot, takeSnapshot } from '../fs/snapshot'
import { readStandardInput } from '../fs/standard-input'
import { hasCode, reasonOf } from '../fs/system-error'
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

/** Reads the text to be sent. Throws Failure (exit 1) where it cannot be read or is no text. */
export function readSource(source: Source): SourceText {
  const text = source.is === 'file' ? readFile(source.path) : { bytes: bytesOf(source), file: undefined }
  if (isUtf8(text.bytes)) return text
  throw new Failure('message-unreadable', {
    reason: `cannot read ${NAMES[source.is]}: not UTF-8 text`,
    hint: 'save the message as UTF-8',
  })
}

function readFile(path: string): SourceText {
  try {
    const file = takeSnapshot(path)
    return { bytes: file.bytes, file }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENOTFILE')) {
      throw new Failure(
        'message-missing',
        { path, hint: hintForUndecodable(path) ?? hintForText(path) },
        error,
      )
    }
    throw unreadable(error, NAMES.file)
  }
}

/** What has blanks was hardly meant to be a file. */
function hintForText(path: string): string | undefined {
  return /\s/.test(path) ? 'to send a text, put -m before it' : undefined
}

function bytesOf(source: Exclude<Source, { is: 'file' }>): Buffer {
  if (source.is === 'text') return toBytes(source.text)
  try {
    return readStandardInput(LARGEST_MESSAGE)
  } catch (error) {
    throw unreadable(error, NAMES['standard-input'])
  }
}

function unreadable(error: unknown, what: string): Failure {
  if (isTooLarge(error)) {
    return new Failure('message-unreadable', {
      reason: `${what} is larger than 100 MB`,
      hint: 'send a shorter one that says where the rest lies',
    })
  }
  return new Failure('message-unreadable', { reason: `cannot read ${what}: ${reasonOf(error)}` }, error)
}
