import { heldWakes } from '../agents/held-wakes'
import { isNamed } from '../agents/known-sessions'
import type { ProjectRecord } from '../agents/project-record'
import { RecordStore } from '../agents/record-store'
import type { Paths } from '../fs/paths'
import type { SeenHold, SeenWake } from './reading'

interface ProjectWakes {
  readonly store: RecordStore
  wakes: ReadonlyMap<string, SeenWake>
}

/** Reads again and again which sessions of agents were woken, and what wakes nobody for now (contract C24). */
export class WakeReader {
  readonly #paths: Paths
  readonly #projects = new Map<string, ProjectWakes>()
  #wakes: ReadonlyMap<string, SeenWake> = new Map()
  #holds: ReadonlyMap<string, SeenHold> = new Map()

  constructor(paths: Paths) {
    this.#paths = paths
  }

  /** The counted wakes of the sessions of these projects. A record that cannot be read now is as it was. */
  wakes(projects: readonly string[]): ReadonlyMap<string, SeenWake> {
    let isSame = true
    for (const project of projects) if (this.#readProject(project)) isSame = false
    if (!isSame) this.#wakes = new Map([...this.#projects.values()].flatMap(({ wakes }) => [...wakes]))
    return this.#wakes
  }

  /** `now` in milliseconds since the epoch. */
  holds(now: number): ReadonlyMap<string, SeenHold> {
    const found = new Map(
      heldWakes(this.#paths, now).map((hold) => [JSON.stringify([hold.project, hold.conversation]), hold]),
    )
    const isSame = found.size === this.#holds.size && [...found.keys()].every((key) => this.#holds.has(key))
    if (!isSame) this.#holds = found
    return this.#holds
  }

  /** Whether it has changed. */
  #readProject(project: string): boolean {
    const known = this.#projects.get(project) ?? {
      store: new RecordStore(this.#paths, project),
      wakes: new Map(),
    }
    this.#projects.set(project, known)
    if (!known.store.hasChanged) return false
    try {
      const found = wakesIn(project, known.store.read())
      if (found.size === 0 && known.wakes.size === 0) return false
      known.wakes = found
      return true
    } catch {
      return false
    }
  }
}

function wakesIn(project: string, { wakes, sessions }: ProjectRecord): Map<string, SeenWake> {
  return new Map(
    wakes.map(({ session, at }) => {
      const known = sessions.find((one) => isNamed(one, session))
      const wake = { project, agent: known?.agent ?? '?', session: known?.id ?? session, at }
      return [JSON.stringify([project, session, at]), wake]
    }),
  )
}
