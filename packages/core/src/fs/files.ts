import { isUtf8 } from 'node:buffer'
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs'
import { toPath } from '../text/raw-name'
import { folderOf } from './paths'
import { hasCode } from './system-error'

/** Opens a regular file. A fifo or a device does not block. Throws the system's error. */
export function openRegularFile(path: string): number {
  const fd = openSync(toPath(path), constants.O_RDONLY | constants.O_NONBLOCK)
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  throw Object.assign(new Error(`ENOTFILE: not a regular file, open '${path}'`), { code: 'ENOTFILE' })
}

/** All bytes of a regular file. Throws the system's error. */
export function readRegularFile(path: string): Buffer {
  const fd = openRegularFile(path)
  try {
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** The text of a file. Undefined if there is none. Throws the system's error if it cannot be read. */
export function textIfThere(path: string): string | undefined {
  try {
    return readFileSync(toPath(path), 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** Whether an error means that a file is larger than the limit. */
export function isTooLarge(error: unknown): boolean {
  return hasCode(error, 'EFBIG')
}

/**
 * All bytes of an open regular file of `size` bytes, at most `limit` (contract B40). Does not read a larger file. If
 * the file grows meanwhile, stops at the limit. Throws the system's error, or one that `isTooLarge` recognizes.
 */
export function readWithin(fd: number, size: number, limit: number): Buffer {
  if (size > limit) throw tooLarge(limit)
  // The extra byte shows whether the file has grown.
  let buffer = Buffer.allocUnsafe(size + 1)
  let length = 0
  for (;;) {
    const read = readSync(fd, buffer, length, buffer.length - length, null)
    length += read
    if (length > limit) throw tooLarge(limit)
    if (read === 0) return buffer.subarray(0, length)
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(length * 2, limit + 1))
  }
}

function tooLarge(limit: number): Error {
  return Object.assign(new Error(`EFBIG: larger than ${limit} bytes, read`), { code: 'EFBIG' })
}

/** Bytes compared at a time. Most different files differ in the first bytes. */
const FIRST_PART = 512
const NEXT_PART = 64 * 1024

/** Whether a regular file holds exactly these bytes. Reads only as far as needed. Throws the system's error. */
export function holdsBytes(path: string, bytes: Buffer): boolean {
  const fd = openRegularFile(path)
  try {
    const part = Buffer.allocUnsafe(Math.min(bytes.length + 1, NEXT_PART))
    for (let start = 0, wanted = FIRST_PART; ; wanted = NEXT_PART) {
      const read = readSync(fd, part, 0, Math.min(wanted, part.length), null)
      if (read === 0) return start === bytes.length
      if (start + read > bytes.length || part.compare(bytes, start, start + read, 0, read) !== 0) return false
      start += read
    }
  } finally {
    closeSync(fd)
  }
}

/** As `holdsBytes`, but false if the file cannot be read. */
export function surelyHoldsBytes(path: string, bytes: Buffer): boolean {
  try {
    return holdsBytes(path, bytes)
  } catch {
    return false
  }
}

/** The text of bytes that are valid UTF-8, otherwise undefined. Keeps a byte order mark. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

/** Whether a path names a file. Follows symbolic links. Throws if the answer is unknown. */
export function isFile(path: string): boolean {
  try {
    return statSync(toPath(path)).isFile()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return false
    throw error
  }
}

/**
 * Whether a path certainly does not exist. A dangling link counts as something, at the path or in place of a folder
 * above it: it may lead to a file system that is not mounted (contract B36). Throws the system's error if the answer
 * is unknown.
 */
export function isSurelyAbsent(path: string): boolean {
  try {
    if (lstatSync(toPath(path), { throwIfNoEntry: false }) !== undefined) return false
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return true
    throw error
  }
  const folder = folderOf(path)
  return existsSync(toPath(folder)) || isSurelyAbsent(folder)
}
