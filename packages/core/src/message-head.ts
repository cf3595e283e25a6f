import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs'
import { decodeUtf8 } from './files'
import { type Header, readHeader } from './header'

const HEAD_BYTES = 4096
/** Opening a fifo must not wait for somebody to write to it. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK
/** node takes numbers here as everywhere; its types do not say so. */
const READ_FLAG = READ as unknown as string
let headBuffer: Buffer | undefined

/**
 * The header of a message file, reading no more of it than the header takes (in steps of 4 KB). Undefined
 * where what was read is not UTF-8. Throws the system's error; never blocks on a fifo. `size` in bytes, where
 * it is known: node reads a file that is no larger than a step faster in one call.
 */
export function readFileHeader(path: string | Buffer, size = HEAD_BYTES + 1): Header | undefined {
  if (size <= HEAD_BYTES) {
    const text = readFileSync(path, { encoding: 'utf8', flag: READ_FLAG })
    // Decoding puts this in for bytes that are not UTF-8; or it stands there itself.
    if (!text.includes('\ufffd')) return readHeader(text, true).header
  }
  const fd = openSync(path, READ)
  try {
    headBuffer ??= Buffer.allocUnsafeSlow(HEAD_BYTES)
    let buffer = headBuffer
    let length = 0
    for (;;) {
      const read = readSync(fd, buffer, length, buffer.length - length, null)
      length += read
      // A regular file is read short at its end only.
      const complete = length < buffer.length || read === 0
      const text = decodeUtf8(buffer.subarray(0, complete ? length : endOfWholeCharacters(buffer, length)))
      if (text === undefined) return undefined
      const { header, closed } = readHeader(text, complete)
      if (closed) return header
      if (length === buffer.length) buffer = Buffer.concat([buffer], length * 4)
    }
  } finally {
    closeSync(fd)
  }
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
