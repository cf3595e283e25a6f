import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { toPath } from '../text/raw-name'
import { listNames, realPath } from './folder'
import { joinPath, pathParts } from './paths'
import { hasCode } from './system-error'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants

/**
 * A real folder that is held open, not a link. All operations act on this folder, even if another folder replaces it
 * meanwhile. If the system has no /proc, the path is checked again before each step.
 */
export class RealFolder {
  readonly #fd: number
  readonly #path: string
  readonly stats: BigIntStats

  private constructor(fd: number, path: string) {
    this.#fd = fd
    this.stats = fstatSync(fd, { bigint: true })
    const opened = `/proc/self/fd/${fd}`
    this.#path = isSame(statSync(opened, { bigint: true, throwIfNoEntry: false }), this.stats) ? opened : path
  }

  /** Undefined if the folder is a link or cannot be opened. Follows links above it. */
  static open(path: string): RealFolder | undefined {
    try {
      return new RealFolder(openSync(toPath(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path)
    } catch {
      return undefined
    }
  }

  /** The same, but also undefined if the path has a link below `base`. `base` itself may be a link. */
  static openBelow(base: string, path: string): RealFolder | undefined {
    const prefix = joinPath(base, '')
    if (!path.startsWith(prefix)) return undefined
    let folder = RealFolder.open(realPath(base))
    for (const name of pathParts(path.slice(prefix.length))) {
      const above = folder
      folder = name === '..' ? undefined : above?.child(name)
      above?.close()
    }
    return folder
  }

  close(): void {
    closeSync(this.#fd)
  }

  /** Whether it belongs to the current user. */
  get isOurs(): boolean {
    return isOurs(this.stats)
  }

  /** Undefined if the name is not a folder in this one, or cannot be opened. */
  child(name: string): RealFolder | undefined {
    return RealFolder.open(this.#at(name))
  }

  /** Throws the system's error. */
  names(): string[] {
    return listNames(this.#at('.'))
  }

  /** The stats of a name in this folder. Does not follow links. Throws the system's error. */
  lookAt(name: string): BigIntStats | undefined {
    return lstatSync(toPath(this.#at(name)), { bigint: true, throwIfNoEntry: false })
  }

  /** Removes a name that is not a folder. Throws the system's error. */
  removeFile(name: string): void {
    ignoreAbsent(() => unlinkSync(toPath(this.#at(name))))
  }

  /** Removes a folder in this one if it is empty. Throws the system's error. */
  removeIfEmpty(name: string): void {
    ignoreAbsent(() => rmdirSync(toPath(this.#at(name))), 'ENOTEMPTY', 'EEXIST')
  }

  #at(name: string): string {
    const isHeld = this.#path.startsWith('/proc/self/fd/')
    if (isHeld || isSame(lstatSync(toPath(this.#path), { bigint: true }), this.stats))
      return joinPath(this.#path, name)
    throw Object.assign(new Error(`ENOENT: another folder has its place, open '${this.#path}'`), {
      code: 'ENOENT',
    })
  }
}

/** Whether it belongs to the current user. False on a system without users. */
export function isOurs({ uid }: BigIntStats): boolean {
  const own = process.geteuid?.()
  return own !== undefined && uid === BigInt(own)
}

function isSame(one: BigIntStats | undefined, other: BigIntStats): boolean {
  return one?.dev === other.dev && one.ino === other.ino
}

function ignoreAbsent(remove: () => void, ...codes: readonly string[]): void {
  try {
    remove()
  } catch (error) {
    if (!hasCode(error, 'ENOENT', ...codes)) throw error
  }
}
