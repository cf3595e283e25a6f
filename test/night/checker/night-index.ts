import type {
  CommandRan,
  Fault,
  Handled,
  Intended,
  MachineLeft,
  Moment,
  Night,
  PhaseBegan,
  Planted,
  SessionBegan,
  SessionEnded,
} from '../history'
import { type MoveKind, moveOf, nameIn, plainName, type Shown, shownBy, takesFor } from './outward'

/** A command that showed a message, or said why it shows none. */
export interface Show extends Shown {
  readonly by: CommandRan
  readonly place: string
  /** Seconds for which it took the message. Undefined if it did not. */
  readonly seconds: number | undefined
}

/** A command that was to move a message. It did if `by.exit` is 0. */
export interface Move {
  readonly by: CommandRan
  readonly kind: MoveKind
}

export interface SessionSeen {
  readonly began: SessionBegan
  end: SessionEnded | undefined
}

/** A night, so that each question about it is answered quickly. Lists are in the order in which things ended. */
export interface Index {
  readonly night: Night
  readonly machines: ReadonlyMap<string, MachineLeft>
  readonly commands: readonly CommandRan[]
  /** By token. */
  readonly intended: ReadonlyMap<string, Intended>
  readonly sends: ReadonlyMap<string, CommandRan>
  readonly handled: ReadonlyMap<string, readonly Handled[]>
  readonly planted: ReadonlyMap<string, readonly Planted[]>
  readonly showsOf: ReadonlyMap<string, readonly Show[]>
  readonly shows: readonly Show[]
  /** By the place and name of the message: `fileKey`. */
  readonly showsOfFile: ReadonlyMap<string, readonly Show[]>
  readonly moves: ReadonlyMap<string, readonly Move[]>
  readonly plantedFiles: ReadonlySet<string>
  readonly sessions: ReadonlyMap<string, SessionSeen>
  /** By machine. */
  readonly faults: ReadonlyMap<string, readonly Fault[]>
  readonly phases: ReadonlyMap<PhaseBegan['phase'], Moment>
}

export function placeKey(machine: string, project: string | undefined): string {
  return `${machine}.${project ?? ''}`
}

export function fileKey(place: string, name: string): string {
  return `${place}/${plainName(name)}`
}

export function indexOf(night: Night): Index {
  const maker = new IndexMaker(night)
  for (const event of night.events) maker.add(event)
  return maker
}

class IndexMaker implements Index {
  readonly night: Night
  readonly machines: ReadonlyMap<string, MachineLeft>
  readonly commands: CommandRan[] = []
  readonly intended = new Map<string, Intended>()
  readonly sends = new Map<string, CommandRan>()
  readonly handled = new Map<string, Handled[]>()
  readonly planted = new Map<string, Planted[]>()
  readonly showsOf = new Map<string, Show[]>()
  readonly shows: Show[] = []
  readonly showsOfFile = new Map<string, Show[]>()
  readonly moves = new Map<string, Move[]>()
  readonly plantedFiles = new Set<string>()
  readonly sessions = new Map<string, SessionSeen>()
  readonly faults = new Map<string, Fault[]>()
  readonly phases = new Map<PhaseBegan['phase'], Moment>()

  constructor(night: Night) {
    this.night = night
    this.machines = new Map(night.machines.map((machine) => [machine.name, machine]))
  }

  add(event: Night['events'][number]): void {
    if (event.what === 'command') this.#addCommand(event)
    else if (event.what === 'intended') this.intended.set(event.token, event)
    else if (event.what === 'handled') addTo(this.handled, event.token, event)
    else if (event.what === 'planted') this.#addPlanted(event)
    else if (event.what === 'fault') addTo(this.faults, event.machine, event)
    else if (event.what === 'phase') this.phases.set(event.phase, event.at)
    else if (event.what === 'session began')
      this.sessions.set(event.session, { began: event, end: undefined })
    else {
      const seen = this.sessions.get(event.session)
      if (seen !== undefined) seen.end = event
    }
  }

  #addPlanted(event: Planted): void {
    addTo(this.planted, event.token, event)
    this.plantedFiles.add(fileKey(placeKey(event.machine, event.project), nameIn(event.path)))
  }

  #addCommand(by: CommandRan): void {
    this.commands.push(by)
    if (by.command === 'send' && by.token !== undefined) this.sends.set(by.token, by)
    const place = placeKey(by.machine, by.project)
    const move = moveOf(by)
    for (const file of move?.files ?? [])
      addTo(this.moves, fileKey(place, file), { by, kind: move?.kind ?? 'done' })
    const shown = shownBy(by)
    if (shown !== undefined) this.#addShow({ ...shown, by, place, seconds: takesFor(by) })
  }

  #addShow(show: Show): void {
    this.shows.push(show)
    addTo(this.showsOfFile, fileKey(show.place, show.file), show)
    if (show.token !== undefined) addTo(this.showsOf, show.token, show)
  }
}

export function addTo<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
