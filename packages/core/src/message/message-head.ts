import { isUtf8 } from 'node:buffer'
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { toPath } from '../text/raw-name'
import { type Header, readHeader } from './header'

/** A header must end within this many bytes (contract B40): 64 KB. */
export const LONGEST_HEADER = 64 * 1024

/** Most headers are shorter than the first step. */
const FIRST_STEP_BYTES = 1024
const NEXT_STEP_FACTOR = 4
let headBuffer: Buffer | undefined

/** The entry at a path. Its header is undefined unless the entry is a UTF-8 file that begins with one. */
export interface FileHead {
  readonly stats: Stats
  readonly header: Header | undefined
}

/**
 * The header of a whole message, which must be UTF-8. Undefined if it does not end within the first 64 KB (contract
 * B40).
 */
export function headerOfMessage(message: Buffer): Header | undefined {
  const complete = message.length <= LONGEST_HEADER
  const end = complete ? message.length : endOfWholeCharacters(message, LONGEST_HEADER)
  return closedHeader(message.toString('utf8', 0, end), complete)
}

/**
 * Reads only as much of a file as its header needs, in steps from 1 KB up to 64 KB. Throws the system's error. Never
 * blocks on a fifo.
 */
export function readFileHead(path: string | Buffer): FileHead {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    // One path look-up serves both calls: with thousands of messages, look-ups are most of the work.
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
    // A short read of a regular file means its end.
    const complete = length < buffer.length || read === 0
    const end = complete ? length : endOfWholeCharacters(buffer, Math.min(length, LONGEST_HEADER))
    if (!isUtf8(end === buffer.length ? buffer : buffer.subarray(0, end))) return undefined
    const header =
      headerBeforeBlankLine(buffer, end) ?? closedHeader(buffer.toString('utf8', 0, end), complete)
    if (header !== undefined) return length > FIRST_STEP_BYTES ? withValuesOfItsOwn(header) : header
    if (length > LONGEST_HEADER) return undefined
    // The last step reads one byte more, to tell a file of exactly 64 KB from a longer one.
    if (length === buffer.length)
      buffer = Buffer.concat([buffer], Math.min(length * NEXT_STEP_FACTOR, LONGEST_HEADER + 1))
  }
}

function closedHeader(text: string, complete: boolean): Header | undefined {
  const { header, closed } = readHeader(text, complete)
  return closed ? header : undefined
}

/** A slice of a text keeps the whole text in memory: up to 64 KB for each message. */
function withValuesOfItsOwn(header: Header): Header {
  return new Map(Array.from(header, ([key, value]) => [key, Buffer.from(value).toString()]))
}

/** Usually a blank line closes the header. The header is decoded alone, so slices keep only the header in memory. */
function headerBeforeBlankLine(buffer: Buffer, end: number): Header | undefined {
  const blank = buffer.indexOf('\n\n', 0, 'latin1')
  if (blank < 0 || blank + 1 >= end) return undefined
  const { header } = readHeader(buffer.toString('utf8', 0, blank + 1), true)
  return header.size > 0 ? header : undefined
}

/** The end of the last complete character in `bytes`: a read may stop inside a character. */
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
