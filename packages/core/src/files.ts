import { isUtf8 } from 'node:buffer'
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs'
import { hasCode } from './errors'
import { toPath } from './raw-name'

/** Opens a file that is there and is a file; a fifo or a device never blocks. Throws the system's error. */
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

/** Text of bytes that are UTF-8 throughout, a byte order mark kept; else undefined. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

/** Whether a path names a file, through symbolic links. Throws where that cannot be told. */
export function isFile(path: string): boolean {
  try {
    return statSync(toPath(path)).isFile()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return false
    throw error
  }
}
