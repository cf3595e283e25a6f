import { isUtf8 } from 'node:buffer'
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { toPath } from '../text/raw-name'
import { type Header, readHeader } from './header'

/** Bytes at the top of a message within which its header has to end (contract B40): 64 KB. */
export const LONGEST_HEADER = 64 * 1024

/** Most headers are shorter than the first step. */
const FIRST_STEP_BYTES = 1024
const NEXT_STEP_FACTOR = 4
let headBuffer: Buffer | undefined

/** What is at a path: its header is undefined unless it is a file that begins with one, in UTF-8 text. */
export interface FileHead {
  readonly stats: Stats
  readonly header: Header | undefined
}

/**
 * The header of a whole message, which must be UTF-8. Undefined where it does not end within the first 64 KB
 * (contract B40).
 */
export function headerOfMessage(message: Buffer): Header | undefined {
  const complete = message.length <= LONGEST_HEADER
  const end = complete ? message.length : endOfWholeCharacters(message, LONGEST_HEADER)
  return closedHeader(message.toString('utf8', 0, end), complete)
}

/**
 * Reads no more of a file than its header takes, in steps from 1 KB, and 64 KB at most. Throws the system's
 * error; never blocks on a fifo.
 */
export function readFileHead(path: string | Buffer): FileHead {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    // One way through the folders for both: with thousands of messages that is most of the work.
    const stats = fstatSync(fd)
    return { stats, header: stats.isFile() ? headerOf(fd) : undefined }
  } finally {
    closeSync(fd)
  }
}

/** The same; undefined for what has vanished or cannot be read. */
export function headIfReadable(path: string): FileHead | undefined {
  try {
    return readFileHead(toPath(path))
  } catch {
    return undefined
  }
}

function headerOf(fd: number): Header | undefined {
  headBuffer ??= Buffer.allocUnsafeSlow(FIRST_STEP_BYTES)
  let buffer = headBuffer
  let length = 0
  for (;;) {
    const read = readSync(fd, buffer, length, buffer.length - length, null)
    length += read
    // A regular file is read short at its end only.
    const complete = length < buffer.length || read === 0
    const end = complete ? length : endOfWholeCharacters(buffer, Math.min(length, LONGEST_HEADER))
    if (!isUtf8(end === buffer.length ? buffer : buffer.subarray(0, end))) return undefined
    const header =
      headerBeforeBlankLine(buffer, end) ?? closedHeader(buffer.toString('utf8', 0, end), complete)
    if (header !== undefined) return length > FIRST_STEP_BYTES ? withValuesOfItsOwn(header) : header
    if (length > LONGEST_HEADER) return undefined
    // The last step reads one byte more: that tells a file of just 64 KB from a longer one.
    if (length === buffer.length)
      buffer = Buffer.concat([buffer], Math.min(length * NEXT_STEP_FACTOR, LONGEST_HEADER + 1))
  }
}

function closedHeader(text: string, complete: boolean): Header | undefined {
  const { header, closed } = readHeader(text, complete)
  return closed ? header : undefined
}

/** What is cut out of a text keeps all of that in memory: of each message that would be up to 64 KB. */
function withValuesOfItsOwn(header: Header): Header {
  return new Map(Array.from(header, ([key, value]) => [key, Buffer.from(value).toString()]))
}

/** Nearly always a blank line closes the header. It is made text by itself: what is cut out of it keeps no more. */
function headerBeforeBlankLine(buffer: Buffer, end: number): Header | undefined {
  const blank = buffer.indexOf('\n\n', 0, 'latin1')
  if (blank < 0 || blank + 1 >= end) return undefined
  const { header } = readHeader(buffer.toString('utf8', 0, blank + 1), true)
  return header.size > 0 ? header : undefined
}

/** Where the last character that `bytes` holds in full ends: a read may stop inside one. */
function endOfWholeCharacters(bytes: Buffer, length: number): number {
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back] ?? 0
    if (byte < 0x80) return length
    if (byte >= 0xc0) {
      const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return back < wanted ? length - back : length
    }
  }
  return length
}
