import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from '../command/context'
import { FolderChanges } from '../mailbox/watching/folder-changes'
import { WatchLoop } from '../mailbox/watching/watch-loop'
import { happened, stateOf } from './compare'
import type { Happening } from './happening'
import { MachineReader } from './machine-reader'
import type { Reading } from './reading'

/** What a look found. */
export interface FollowLook {
  readonly happenings: readonly Happening[]
  /** What the machine is like now. */
  readonly reading: Reading
}

/** Milliseconds. What comes at once is looked at together. */
const SHORTEST_REST = 10
/** Milliseconds. Events are told no later than that. */
const LONGEST_REST = 500
/** A rest is so many times as long as the look before: a burst of events must not keep the processor busy. */
const REST_SHARE = 4

/**
 * Follows what happens on this machine (contract C31). First yields what waits now, then what has happened since the
 * look before: at once, and at least every few seconds, perhaps nothing. Never ends by itself. Only reads: HALT, a full
 * disk and folders that go and come do not end it. `command` is named in warnings.
 */
export async function* follow(context: Context, command: string): AsyncGenerator<FollowLook, never> {
  const changes = new FolderChanges(() => loop.ring())
  const machine = new MachineReader(context)
  const loop = new WatchLoop(changes, () => machine.folders(), context, command)
  try {
    const folders = await machine.folders()
    changes.look(folders)
    loop.begin(folders)
    let before = await machine.read(changes.take(), true)
    yield { happenings: stateOf(before), reading: before }
    for (;;) {
      if (changes.isEmpty) await loop.wait()
      const started = performance.now()
      const isLook = (await loop.lookIfDue()) !== 'not due'
      const reading = await machine.read(changes.take(), isLook)
      const happenings = happened(before, reading)
      before = reading
      const took = performance.now() - started
      yield { happenings, reading }
      await sleep(Math.min(Math.max(took * REST_SHARE, SHORTEST_REST), LONGEST_REST))
    }
  } finally {
    loop.stop()
  }
}
