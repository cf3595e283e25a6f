import { afterAll, beforeAll, it as plain } from 'vitest'
import { Home } from './home'
import { onlyLong } from './long'
import { Fleet } from './machines'

/** The home of the test that runs. Tests that run at the same time cannot use it. */
export let home: Home

/** A test with a new home, which is gone after it. */
export const it = plain.extend('home', { auto: true }, ({ task: _ }, { onCleanup }) => {
  home = new Home()
  onCleanup(() => home.remove())
  return home
})

/** Gives the rest of the test another home, which is gone after it as well. */
export function replaceHome(other: Home): void {
  home.remove()
  home = other
}

/** The same, of what only `npm run test:long` runs. */
export const itLong = onlyLong(it)

/**
 * A home for all tests of a file or a `describe`, which is gone after them. It is there at once, for constants. Take it
 * where each test would have to make a key.
 */
export function sharedHome(): Home {
  return removedAfterAll(new Home())
}

/** The same for machines, whose addresses begin with 127.0.SUBNET. They run from before the first test. */
export function sharedFleet(...made: ConstructorParameters<typeof Fleet>): Fleet {
  const fleet = removedAfterAll(new Fleet(...made))
  beforeAll(() => {
    fleet.start()
  })
  return fleet
}

function removedAfterAll<Shared extends { remove(): void }>(shared: Shared): Shared {
  afterAll(() => shared.remove())
  return shared
}
