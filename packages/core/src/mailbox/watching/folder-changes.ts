import { folderOf } from '../../fs/paths'
import { type KnownFolder, lookAgain } from './folder-state'
import type { LookedAt } from './watch-loop'

/** The names that events told in a changed folder. `anything`: it has changed, and events may have been missed. */
export type ChangedNames = ReadonlySet<string> | 'anything'

/** The folders that have changed in any way. Events are hints, and the folders are the truth (contract B23). */
export class FolderChanges implements LookedAt {
  readonly #known = new Map<string, KnownFolder>()
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
      const known = this.#known.get(folder)
      const found = lookAgain(folder, known)
      if (found === undefined) continue
      gone.delete(folder)
      if (found === 'same') continue
      if (known?.identity !== found.identity) areOthers = true
      this.#known.set(folder, found)
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
