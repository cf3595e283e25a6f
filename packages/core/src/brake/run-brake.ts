import type { Context } from '../command/context'
import { Failure } from '../command/failure'
import type { Paths } from '../fs/paths'
import { brakeOf, type Halt, haltMessage, readHalt, requireNotHalted } from './halt'

/** HALT as one run sees it. Once set, it stays set until the run ends, so that nothing is decided (contract B37). */
export interface Brake {
  isSet(): boolean
  /** Throws Failure if it is set. */
  check(): void
}

export function makeBrake(paths: Paths): Brake {
  let halt: Halt
  const read = () => {
    halt ??= readHalt(paths)
    return halt
  }
  return {
    isSet: () => read() !== undefined,
    check() {
      const found = read()
      if (found === undefined) return
      const message = haltMessage(
        'halt active; leaving inbound message in place (resume will pick up)',
        found,
      )
      throw new Failure('halted', { message })
    },
  }
}

/** HALT at the moment of each call, for commands that continue once it is gone. */
export function liveBrake(context: Context): Brake {
  return { isSet: brakeOf(context), check: () => requireNotHalted(context) }
}

/** For commands that change nothing and report HALT themselves. */
export const NO_BRAKE: Brake = { isSet: () => false, check: () => {} }
