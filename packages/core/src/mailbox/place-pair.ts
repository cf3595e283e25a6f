import { lstatSync } from 'node:fs'
import { isTaken, link, placeNew, remove, withTemp } from '../fs/durable'
import { surelyHoldsBytes } from '../fs/files'
import { folderOf } from '../fs/paths'
import { type Snapshot, takeSnapshot } from '../fs/snapshot'
import { hasCode } from '../fs/system-error'
import { signatureName } from '../message/message-name'
import { toPath } from '../text/raw-name'

/** A file to be moved. Its bytes are unknown where it cannot be read or is larger than any message. */
export interface Part {
  readonly path: string
  readonly snapshot: Snapshot | undefined
}

/** Throws the system's error where it has vanished. */
export function readPart(path: string): Part {
  try {
    return { path, snapshot: takeSnapshot(path) }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw error
    return { path, snapshot: undefined }
  }
}

/**
 * Gives a message and its signature further names, the signature's first: those of the lowest number at which neither
 * is taken by another file. Returns the message's. Throws the system's error.
 */
export function placePair(
  message: Part,
  signature: Part | undefined,
  name: (number: number) => string,
): string {
  for (let number = 1; ; number++) {
    const target = name(number)
    const beside = signatureName(target)
    // A signature that lies there alone must not seem to be that of an unsigned message.
    if (isTaken(target) ? !isSame(message, target) : signature === undefined && isTaken(beside)) continue
    const placed = signature !== undefined && place(signature, beside)
    if (signature !== undefined && !placed && !isSame(signature, beside)) continue
    let isPaired = false
    try {
      isPaired = place(message, target) || isSame(message, target)
      if (isPaired) return target
    } finally {
      // Where another message took the name just now, the signature must not seem to be its own. Where another run
      // has finished this very message meanwhile, it is.
      if (placed && !isPaired && !mayBe(message, target)) remove(beside)
    }
  }
}

/** Whether that file is this message, or nobody can tell whether it is. */
function mayBe(message: Part, target: string): boolean {
  return isTaken(target) && (message.snapshot === undefined || isSame(message, target))
}

/** Gives a file a further name; false where that is taken. */
export function place({ path, snapshot }: Part, target: string): boolean {
  // A link may be relative: in another folder it would lead elsewhere.
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
