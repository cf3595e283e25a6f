import type { Night } from '../history'
import { type Letter, NightBuilder } from './night-builder'

const PLACES = ['a.mill', 'a.oven', 'b.bakery', 'b.field'] as const

interface Reader {
  name: string
  readonly place: string
  letter: Letter | undefined
  hasHandled: boolean
}

/** A night in which a product without faults goes through kills, halts and full disks. */
export function randomNight(seed: number, steps: number): Night {
  return new RandomNight(seed).pass(steps)
}

class RandomNight {
  readonly #night = new NightBuilder()
  readonly #inboxes = new Map<string, Letter[]>(PLACES.map((place) => [place, []]))
  readonly #halted = new Set<string>()
  readonly #readers: Reader[]
  #state: number
  #count = 0

  constructor(seed: number) {
    this.#state = seed + 1
    this.#readers = [...PLACES, ...PLACES].map((place) => this.#begin(place))
  }

  pass(steps: number): Night {
    for (let step = 0; step < steps; step++) this.#step()
    return this.#night.build()
  }

  /** A number below a limit: the same row of them for each seed. */
  #below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * limit)
  }

  #begin(place: string): Reader {
    const name = this.#night.session(`s${++this.#count}`, place)
    return { name, place, letter: undefined, hasHandled: false }
  }

  #step(): void {
    const reader = this.#readers[this.#below(this.#readers.length)]
    if (reader === undefined) return
    this.#night.pass(this.#below(300))
    const dice = this.#below(100)
    if (dice < 2) this.#kill(reader)
    else if (dice < 4) this.#brake(reader.place.slice(0, 1))
    else if (dice < 35) this.#send(reader)
    else if (reader.letter === undefined) this.#take(reader)
    else if (reader.hasHandled) this.#finish(reader, reader.letter)
    else if (this.#isHalted(reader)) return
    else {
      this.#night.handle(reader.name, reader.letter)
      reader.hasHandled = true
    }
  }

  #isHalted({ place }: Reader): boolean {
    return this.#halted.has(place.slice(0, 1))
  }

  #kill(reader: Reader): void {
    this.#night.end(reader.name, 'killed')
    // Nobody takes anything from it before its end is noted.
    this.#night.pass(1)
    Object.assign(reader, this.#begin(reader.place))
  }

  #brake(machine: string): void {
    const isHalted = this.#halted.delete(machine)
    if (!isHalted) this.#halted.add(machine)
    this.#night.run(machine, isHalted ? 'resume' : 'halt', [])
  }

  #send(reader: Reader): void {
    const place = PLACES[this.#below(PLACES.length)] ?? 'a.mill'
    const token = `M${++this.#count}`
    const conversation = `talk-${reader.place}-${this.#below(3)}`
    const isHalted = this.#isHalted(reader)
    const refused = isHalted ? { exit: 5, stdout: '' } : {}
    const letter = this.#night.send(reader.name, token, place, { conversation, ...refused })
    if (isHalted) this.#night.lift(letter)
    else this.#inboxes.get(place)?.push(letter)
  }

  /** The first, by name, of a conversation that no other session has. */
  #take(reader: Reader): void {
    if (this.#isHalted(reader)) {
      this.#night.run(reader.name, 'recv', ['--next', '--take'], { exit: 5 })
      return
    }
    const held = new Set(
      this.#readers.flatMap(({ place, letter }) => (place === reader.place ? [letter?.conversation] : [])),
    )
    const free = (this.#inboxes.get(reader.place) ?? []).filter(({ conversation }) => !held.has(conversation))
    const [letter] = free.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    if (letter === undefined) this.#night.run(reader.name, 'recv', ['--next', '--take'], { exit: 6 })
    else {
      this.#night.take(reader.name, letter, { seconds: 3600 })
      Object.assign(reader, { letter, hasHandled: false })
    }
  }

  #finish(reader: Reader, letter: Letter): void {
    const exit = this.#isHalted(reader) ? 5 : this.#below(10) === 0 ? 3 : 0
    this.#night.move(reader.name, 'done', letter, { exit })
    if (exit !== 0) return
    const inbox = this.#inboxes.get(reader.place) ?? []
    this.#inboxes.set(
      reader.place,
      inbox.filter((one) => one !== letter),
    )
    Object.assign(reader, { letter: undefined, hasHandled: false })
  }
}
