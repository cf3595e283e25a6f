import { lstatSync } from 'node:fs'
import { hideFile, isTaken, link, placeNew, remove, withTemp } from '../fs/durable'
import { surelyHoldsBytes } from '../fs/files'
import { folderOf } from '../fs/paths'
import { type Snapshot, takeSnapshot } from '../fs/snapshot'
import { hasCode } from '../fs/system-error'
import { signatureName } from '../message/message-name'
import { toPath } from '../text/raw-name'

/** A file to be moved. Its bytes are unknown if it cannot be read or is larger than any message. */
export interface Part {
  readonly path: string
  readonly snapshot: Snapshot | undefined
}

/** Throws the system's error if it has vanished. */
export function readPart(path: string): Part {
  try {
    return { path, snapshot: takeSnapshot(path) }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw error
    return { path, snapshot: undefined }
  }
}

/**
 * Links a message and its signature to further names, the signature first. Uses the lowest number for which no other
 * file has either name. Returns the message's name. Throws the system's error.
 */
export function placePair(
  message: Part,
  signature: Part | undefined,
  name: (number: number) => string,
): string {
  for (let number = 1; ; number++) {
    const target = name(number)
    const beside = signatureName(target)
    // A lone signature there must not look like that of an unsigned message.
    if (isTaken(target) ? !isSame(message, target) : signature === undefined && isTaken(beside)) continue
    const placed = signature !== undefined && place(signature, beside)
    if (signature !== undefined && !placed && !isSame(signature, beside)) continue
    let isPaired = false
    try {
      isPaired = place(message, target) || isSame(message, target)
      if (isPaired) return target
    } finally {
      // If another message has just taken the name, the signature must not look like its own. If another run has
      // meanwhile finished this same message, the signature is its own.
      if (placed && !isPaired && !mayBe(message, target)) remove(beside)
    }
  }
}

/**
 * Removes a part that now has the name `target` too. Two processes may move one message to and fro at the same time,
 * and each may see the other's file before both remove their own. So the file is hidden first, then the target is
 * looked for, and made again if it is gone: whoever hides last leaves one.
 */
export function withdraw({ path, snapshot }: Part, target: string): void {
  const hidden = hideFile(path)
  if (hidden === undefined) return
  try {
    if (!isTaken(target)) place({ path: hidden, snapshot }, target)
  } catch (error) {
    link(hidden, path)
    throw error
  }
  remove(hidden)
}

/** Whether that file is this message, or this cannot be determined. */
function mayBe(message: Part, target: string): boolean {
  return isTaken(target) && (message.snapshot === undefined || isSame(message, target))
}

/** Gives a file a further name; false if that is taken. */
export function place({ path, snapshot }: Part, target: string): boolean {
  // A relative link would point elsewhere from another folder.
  const isLink = lstatSync(toPath(path)).isSymbolicLink()
  const linked = isLink ? 'unsupported' : link(path, target)
  if (linked !== 'unsupported') return linked === 'linked'
  if (isTaken(target)) return false
  if (snapshot === undefined)
    throw new Error('it cannot be read, or is larger than 100 MB, and hard links do not work here')
  return withTemp(folderOf(target), snapshot.bytes, 0o600, (temp) => placeNew(temp, target))
}

/** Whether a part is that file, or holds the same bytes. */
export function isSame({ path, snapshot }: Part, target: string): boolean {
  if (isSameFile(path, target)) return true
  return snapshot !== undefined && surelyHoldsBytes(target, snapshot.bytes)
}

/** Whether both name one file, not through symbolic links. */
export function isSameFile(path: string, other: string): boolean {
  const [a, b] = [path, other].map((name) => lstatSync(toPath(name), { throwIfNoEntry: false }))
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}
