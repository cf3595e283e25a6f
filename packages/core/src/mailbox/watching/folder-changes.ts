import { folderOf } from '../../fs/paths'
import { folderState, folderStats, identityOf, isSettled } from './folder-state'
import type { LookedAt } from './watch-loop'

interface Known {
  /** Changes when the folder is removed and made again, which ends every watch on it. */
  readonly identity: string
  /** Undefined if the folder had changed just before. */
  readonly state: string | undefined
}

/** The names that events told in a changed folder. `anything`: it has changed, and events may have been missed. */
export type ChangedNames = ReadonlySet<string> | 'anything'

/** The folders that have changed in any way. Events are hints, and the folders are the truth (contract B23). */
export class FolderChanges implements LookedAt {
  readonly #known = new Map<string, Known>()
  readonly #ring: () => void
  #changed = new Map<string, Set<string> | 'anything'>()

  /** `ring` is called when something has changed. */
  constructor(ring: () => void) {
    this.#ring = ring
  }

  get isEmpty(): boolean {
    return this.#changed.size === 0
  }

  look(folders: readonly string[]): boolean {
    const gone = new Set(this.#known.keys())
    let areOthers = false
    for (const folder of folders) {
      const state = folderState(folder)
      const known = this.#known.get(folder)
      if (state !== undefined && state === known?.state) {
        gone.delete(folder)
        continue
      }
      const stats = folderStats(folder)
      if (stats === undefined) continue
      gone.delete(folder)
      const identity = identityOf(stats)
      if (known?.identity !== identity) areOthers = true
      this.#known.set(folder, { identity, state: isSettled(stats) ? state : undefined })
      this.#changed.set(folder, 'anything')
    }
    for (const folder of gone) {
      this.#known.delete(folder)
      this.#changed.set(folder, 'anything')
    }
    if (!this.isEmpty) this.#ring()
    return areOthers || gone.size > 0
  }

  follow(paths: readonly string[]): void {
    for (const path of paths) {
      const folder = folderOf(path)
      const names = this.#changed.get(folder) ?? new Set()
      if (names === 'anything') continue
      names.add(path.slice(path.lastIndexOf('/') + 1))
      this.#changed.set(folder, names)
    }
    this.#ring()
  }

  /** The changed folders. Forgets them. */
  take(): ReadonlyMap<string, ChangedNames> {
    const changed = this.#changed
    this.#changed = new Map()
    return changed
  }
}
