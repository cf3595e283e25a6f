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
import { listNames } from './folder'
import { joinPath, pathParts } from './paths'
import { hasCode } from './system-error'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants

/**
 * A real folder, held open: it is no link, and what is done here is done in this very folder, whatever takes its
 * place meanwhile. Where the system has no /proc, its path is looked at again before each step.
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

  /** Undefined where the folder is a link, or cannot be opened. Links above it are followed. */
  static open(path: string): RealFolder | undefined {
    return openFolder(path, O_NOFOLLOW, (fd) => new RealFolder(fd, path))
  }

  /** The same; undefined also where the path leads through a link below `base`, which may itself be one. */
  static openBelow(base: string, path: string): RealFolder | undefined {
    const prefix = joinPath(base, '')
    if (!path.startsWith(prefix)) return undefined
    let folder = openFolder(base, 0, (fd) => new RealFolder(fd, base))
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

  /** Whether it belongs to the user that we are. */
  get isOurs(): boolean {
    return isOurs(this.stats)
  }

  /** Undefined where that is no folder in this one, or cannot be opened. */
  child(name: string): RealFolder | undefined {
    return RealFolder.open(this.#at(name))
  }

  /** Throws the system's error. */
  names(): string[] {
    return listNames(this.#at('.'))
  }

  /** What has that name, links not followed. Throws the system's error. */
  lookAt(name: string): BigIntStats | undefined {
    return lstatSync(toPath(this.#at(name)), { bigint: true, throwIfNoEntry: false })
  }

  /** Removes a name that is no folder. Throws the system's error. */
  removeFile(name: string): void {
    ignoreAbsent(() => unlinkSync(toPath(this.#at(name))))
  }

  /** Removes a folder in this one, unless something lies in it. Throws the system's error. */
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

/** Whether it belongs to the user that we are: where there are no users, nothing does. */
export function isOurs({ uid }: BigIntStats): boolean {
  const own = process.geteuid?.()
  return own !== undefined && uid === BigInt(own)
}

function openFolder<Folder>(path: string, flag: number, make: (fd: number) => Folder): Folder | undefined {
  try {
    return make(openSync(toPath(path), O_RDONLY | O_DIRECTORY | flag))
  } catch {
    return undefined
  }
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
