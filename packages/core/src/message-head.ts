import { isUtf8 } from 'node:buffer'
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { type Header, readHeader } from './header'

/** Most headers are shorter than the first step. */
const FIRST_STEP_BYTES = 1024
const NEXT_STEP_FACTOR = 4
let headBuffer: Buffer | undefined

/** What is at a path: its header is undefined unless it is a file that begins with UTF-8 text. */
export interface FileHead {
  readonly stats: Stats
  readonly header: Header | undefined
}

/**
 * Reads no more of a file than its header takes (in steps from 1 KB). Throws the system's error; never blocks
 * on a fifo.
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

function headerOf(fd: number): Header | undefined {
  headBuffer ??= Buffer.allocUnsafeSlow(FIRST_STEP_BYTES)
  let buffer = headBuffer
  let length = 0
  for (;;) {
    const read = readSync(fd, buffer, length, buffer.length - length, null)
    length += read
    // A regular file is read short at its end only.
    const complete = length < buffer.length || read === 0
    const end = complete ? length : endOfWholeCharacters(buffer, length)
    if (!isUtf8(end === buffer.length ? buffer : buffer.subarray(0, end))) return undefined
    const brief = headerBeforeBlankLine(buffer, end)
    if (brief !== undefined) return brief
    const { header, closed } = readHeader(buffer.toString('utf8', 0, end), complete)
    if (closed) return header
    if (length === buffer.length) buffer = Buffer.concat([buffer], length * NEXT_STEP_FACTOR)
  }
}

/**
 * Nearly always a blank line closes the header. It is made text by itself, since what is cut out of a longer
 * text keeps that in memory: a kilobyte for each message.
 */
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
