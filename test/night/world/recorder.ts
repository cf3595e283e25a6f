import type { Event, Moment } from '../history'

type Unstamped<Some> = Some extends Event ? Omit<Some, 'at' | 'ended'> : never

/** Writes the history: all events of a night, by one clock. */
export class Recorder {
  readonly events: Event[] = []
  readonly #start = performance.now()

  /** Milliseconds since the night began. */
  now(): Moment {
    return Math.round(performance.now() - this.#start)
  }

  /** Notes what happened just now, or from `at` until now. */
  note(event: Unstamped<Event>, at: Moment = this.now()): void {
    this.events.push({ ...event, at, ended: this.now() } as Event)
  }

  /** In the order in which things ended. */
  sorted(): readonly Event[] {
    return [...this.events].sort((a, b) => a.ended - b.ended || a.at - b.at)
  }
}
